"""Train, sample and serve DCGAN-class image GANs with Keras 3 on TensorFlow.

The names below are the public API: they keep their place and their meaning from one version to
the next. Everything else in the package may move.

    import kerasgan

    generator = kerasgan.build_generator((64, 64, 3), base_filters=32)
    discriminator = kerasgan.build_discriminator((64, 64, 3), base_filters=32)
    gan = kerasgan.GAN(generator=generator, discriminator=discriminator)

Each name is imported when it is first used: `import kerasgan` alone is quick and imports neither
TensorFlow nor Keras. `keras.saving.load_model` knows kerasgan's layers if Keras was imported before
kerasgan, or once GAN or a network has been used.
"""

import importlib
import os
import sys
from typing import TYPE_CHECKING

from kerasgan.version import VERSION

__version__ = VERSION

# Keras reads this once, when it is first imported; kerasgan works with TensorFlow alone.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

if TYPE_CHECKING:
    from kerasgan import callbacks as callbacks
    from kerasgan.config import Config as Config
    from kerasgan.config import DataSettings as DataSettings
    from kerasgan.data.batches import batches as batches
    from kerasgan.data.load import load_images as load_images
    from kerasgan.model.gan import GAN as GAN
    from kerasgan.model.losses import LOSSES as LOSSES
    from kerasgan.model.losses import AdversarialLoss as AdversarialLoss
    from kerasgan.model.networks.dcgan import build_discriminator as build_discriminator
    from kerasgan.model.networks.dcgan import build_generator as build_generator
    from kerasgan.model.penalties import PENALTIES as PENALTIES
    from kerasgan.model.penalties import Penalty as Penalty
    from kerasgan.model.regularized_model import Augmentation as Augmentation
    from kerasgan.model.schedules import HoldThenDecay as HoldThenDecay
    from kerasgan.notebook.show import show as show
    from kerasgan.pixels import make_grid as make_grid
    from kerasgan.pixels import to_uint8 as to_uint8
    from kerasgan.projecting.projection_settings import ProjectionSettings as ProjectionSettings
    from kerasgan.projecting.projector import project_images as project_images
    from kerasgan.runs.restore import restore_run as restore_run
    from kerasgan.sampling.open_painter import painter_of_model as painter_of_model
    from kerasgan.sampling.open_painter import painter_of_run as painter_of_run
    from kerasgan.training.loop import train as train
else:  # a type checker that saw __getattr__ would accept every name
    _MODULES = {  # the same again; a test compares the two
        "callbacks": "kerasgan.callbacks",
        "Config": "kerasgan.config",
        "DataSettings": "kerasgan.config",
        "batches": "kerasgan.data.batches",
        "load_images": "kerasgan.data.load",
        "GAN": "kerasgan.model.gan",
        "LOSSES": "kerasgan.model.losses",
        "AdversarialLoss": "kerasgan.model.losses",
        "PENALTIES": "kerasgan.model.penalties",
        "Penalty": "kerasgan.model.penalties",
        "Augmentation": "kerasgan.model.regularized_model",
        "HoldThenDecay": "kerasgan.model.schedules",
        "build_discriminator": "kerasgan.model.networks.dcgan",
        "build_generator": "kerasgan.model.networks.dcgan",
        "show": "kerasgan.notebook.show",
        "make_grid": "kerasgan.pixels",
        "to_uint8": "kerasgan.pixels",
        "ProjectionSettings": "kerasgan.projecting.projection_settings",
        "project_images": "kerasgan.projecting.projector",
        "restore_run": "kerasgan.runs.restore",
        "painter_of_model": "kerasgan.sampling.open_painter",
        "painter_of_run": "kerasgan.sampling.open_painter",
        "train": "kerasgan.training.loop",
    }
    __all__ = ["__version__", *_MODULES]

    def __getattr__(name):
        if name not in _MODULES:
            raise AttributeError(f"module 'kerasgan' has no attribute {name!r}")
        module = importlib.import_module(_MODULES[name])
        value = module if name == "callbacks" else getattr(module, name)
        globals()[name] = value  # the next use does not come here
        return value

    def __dir__():
        return sorted(__all__)


if "keras" in sys.modules:
    importlib.import_module("kerasgan.model.build")  # which registers the layers with Keras
