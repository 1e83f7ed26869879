import json

import pytest

from kerasgan.errors import UserError
from kerasgan.training.workers import expand_hosts, find_workers


def test_tf_config_names_the_workers():
    assert find_workers(tf_config(worker=["a:1", "b:2"], index=1)) == (["a:1", "b:2"], 1)


def test_slurm_names_the_workers_in_the_order_of_its_tasks():
    workers = find_workers(
        {
            "SLURM_JOB_ID": "41003",
            "SLURM_PROCID": "3",
            "SLURM_STEP_NODELIST": "node[9-10],big",
            "SLURM_STEP_TASKS_PER_NODE": "2(x2),1",
        }
    )
    assert workers.addresses == [
        "node9:20096",
        "node9:20097",
        "node10:20096",  # after node9, not before it as in the alphabet
        "node10:20097",
        "big:20096",
    ]
    assert workers.position == 3


def test_hosts_are_expanded():
    assert expand_hosts("tux") == ["tux"]
    assert expand_hosts("a[007-009,012]-ib,b") == ["a007-ib", "a008-ib", "a009-ib", "a012-ib", "b"]


def tf_config(*, index, **cluster):
    described = {"cluster": cluster, "task": {"type": "worker", "index": index}}
    return {"TF_CONFIG": json.dumps(described)}


SLURM = {"SLURM_JOB_ID": "7", "SLURM_PROCID": "0", "SLURM_STEP_TASKS_PER_NODE": "1"}


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "--strategy=multiworker: the other workers are not known; start it with srun"),
        ({"TF_CONFIG": "{"}, "TF_CONFIG: cannot be understood"),
        ({"TF_CONFIG": '{"cluster": {"worker": ["a:1"]}}'}, "TF_CONFIG: .*KeyError"),
        (
            tf_config(worker=["a:1"], index=1),
            "TF_CONFIG=.*: must name one of the cluster's workers",
        ),
        (tf_config(ps=[], worker=["a:1"], index=0), "TF_CONFIG=.*: must name .* no other kind"),
        (SLURM, "Slurm's variables cannot be understood: KeyError.'SLURM_STEP_NODELIST'"),
        ({**SLURM, "SLURM_STEP_NODELIST": "a,b"}, "Slurm's variables cannot be understood"),
    ],
)
def test_what_does_not_name_the_workers_is_a_mistake(environment, message):
    with pytest.raises(UserError, match=message):
        find_workers(environment)
