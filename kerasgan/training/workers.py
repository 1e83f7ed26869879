"""Which processes train together, from a scheduler's environment variables."""

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from kerasgan.errors import UserError


class Workers(NamedTuple):
    """The processes of a job, the same list in each of them."""

    addresses: list[str]  # host:port
    position: int  # which of them this process is; 0 is the chief


def find_workers(environment: Mapping[str, str]) -> Workers:
    """Reads TF_CONFIG or, without it, Slurm's variables.

    Raises:
        UserError: neither is set, or it cannot be understood.
    """
    if "TF_CONFIG" in environment:
        return _from_tf_config(environment["TF_CONFIG"])
    if "SLURM_PROCID" in environment:
        try:
            return _from_slurm(environment)
        except (KeyError, ValueError) as error:
            raise UserError(
                f"--strategy=multiworker: Slurm's variables cannot be understood: {error!r}"
            ) from error
    raise UserError(
        "--strategy=multiworker: the other workers are not known; start it with srun, or set "
        "TF_CONFIG (docs/runs.md)"
    )


def _from_tf_config(text: str) -> Workers:
    """{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 0}}."""
    try:
        described = json.loads(text)
        cluster, task = described["cluster"], described["task"]
        workers = Workers([str(address) for address in cluster["worker"]], int(task["index"]))
        known = task["type"] == "worker" and 0 <= workers.position < len(workers.addresses)
    except (ValueError, TypeError, KeyError) as error:
        raise UserError(f"TF_CONFIG: cannot be understood: {error!r}") from error
    if not known or list(cluster) != ["worker"]:
        raise UserError(
            f"TF_CONFIG={text}: must name one of the cluster's workers as task, and no other kind "
            "of task"
        )
    return workers


def _from_slurm(environment: Mapping[str, str]) -> Workers:
    """One worker for each task of a job step; srun numbers the tasks host by host."""
    hosts = expand_hosts(environment["SLURM_STEP_NODELIST"])
    counts = _expand_counts(environment["SLURM_STEP_TASKS_PER_NODE"])
    # Two jobs may share a host.
    first_port = 20000 + int(environment["SLURM_JOB_ID"]) % 1000 * 32
    addresses = [
        f"{host}:{first_port + task}"
        for host, count in zip(hosts, counts, strict=True)
        for task in range(count)
    ]
    return Workers(addresses, int(environment["SLURM_PROCID"]))


def expand_hosts(text: str) -> list[str]:
    """`node[07-09,12],login` -> node07, node08, node09, node12, login."""
    hosts = []
    for name in re.findall(r"(?:[^,\[]|\[[^\]]*\])+", text):
        found = re.fullmatch(r"([^\[]*)\[([^\]]*)\]([^\[]*)", name)
        if found is None:
            hosts.append(name)
            continue
        before, ranges, after = found.groups()
        for part in ranges.split(","):
            first, _, last = part.partition("-")
            for number in range(int(first), int(last or first) + 1):
                hosts.append(f"{before}{number:0{len(first)}}{after}")
    return hosts


def _expand_counts(text: str) -> list[int]:
    """`4(x2),1` -> 4, 4, 1."""
    counts = []
    for part in text.split(","):
        count, _, times = part.partition("(x")
        counts += [int(count)] * int(times.rstrip(")") or 1)
    return counts
