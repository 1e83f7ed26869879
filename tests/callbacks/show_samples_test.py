import base64
import io

import keras
import nbclient
import nbformat
import numpy as np
import pytest
from PIL import Image

from kerasgan.callbacks import ShowSamples
from kerasgan.errors import UserError
from kerasgan.model.gan import GAN
from kerasgan.model.networks.dcgan import build_discriminator, build_generator
from kerasgan.pixels import make_grid

REAL = np.random.default_rng(0).uniform(-1, 1, [8, 16, 16, 1]).astype(np.float32)


def new_gan():
    gan = GAN(
        generator=build_generator((16, 16, 1), latent_dim=5, base_filters=2),
        discriminator=build_discriminator((16, 16, 1), base_filters=2, normalization="none"),
    )
    gan.compile(g_optimizer="adam", d_optimizer="adam", run_eagerly=True)
    return gan


def test_each_epoch_is_a_file_of_the_same_seeds(tmp_path):
    gan = new_gan()
    callback = ShowSamples(tmp_path / "new" / "samples", count=5, seed=7)
    gan.fit(REAL, batch_size=4, epochs=2, verbose=0, callbacks=[callback])
    files = sorted((tmp_path / "new" / "samples").iterdir())
    assert [file.name for file in files] == ["samples_00000002.png", "samples_00000004.png"]
    expected = make_grid(gan.generate(5, seed=7), columns=3)
    np.testing.assert_array_equal(np.asarray(Image.open(files[-1])), expected[..., 0])


def test_a_script_without_a_folder_is_told_that_nobody_would_see_anything():
    with pytest.raises(UserError, match="no notebook to show samples in; name a folder"):
        ShowSamples()


def test_what_cannot_be_shown_is_refused_before_training(tmp_path):
    with pytest.raises(ValueError, match="count=0: must be at least 1"):
        ShowSamples(tmp_path, count=0)
    with pytest.raises(UserError, match="--folder=gs://bucket"):
        ShowSamples("gs://bucket")
    points = [keras.Sequential([keras.Input([2]), keras.layers.Dense(2)]) for _ in range(2)]
    gan = GAN(generator=points[0], discriminator=points[1])
    gan.compile(g_optimizer="sgd", d_optimizer="sgd")
    with pytest.raises(ValueError, match=r"the generator makes \(2,\); must be images"):
        gan.fit(np.zeros([4, 2], np.float32), verbose=0, callbacks=[ShowSamples(tmp_path)])
    assert int(gan.step.numpy()) == 0


CELLS = [
    """
import numpy as np
import kerasgan

gan = kerasgan.GAN(
    generator=kerasgan.build_generator((16, 16, 3), base_filters=2),
    discriminator=kerasgan.build_discriminator((16, 16, 3), base_filters=2),
)
gan.compile(g_optimizer="adam", d_optimizer="adam", run_eagerly=True)
images = np.full([4, 16, 16, 3], 0.5, np.float32)
""",
    """
gan.fit(images, epochs=2, verbose=0, callbacks=[kerasgan.callbacks.ShowSamples()]);
""",
    """
images[:] = np.nan
watch = kerasgan.callbacks.WatchHealth(max_nonfinite_steps=1)
gan.fit(images, epochs=2, verbose=0, callbacks=[watch]);
""",
]


@pytest.mark.slow
def test_a_notebook_shows_a_grid_under_the_cell_and_warnings_in_plain_words(tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    resources = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, timeout=600, resources=resources).execute()
    shown = [output["data"] for output in notebook.cells[1].outputs if "data" in output]
    assert len(shown) == 2  # one for each epoch
    for data in shown:
        picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(data["image/png"]))))
        assert picture.shape[1] == 600 and np.ptp(picture[..., :3]) > 50
    said = "".join(output.get("text", "") for output in notebook.cells[2].outputs)
    assert "a loss or a gradient is not finite; steps not applied so far: 1" in said
    assert "Training has ended" in said
