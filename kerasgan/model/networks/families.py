"""The network families by name."""

from types import ModuleType

from kerasgan.model.networks import dcgan, r3gan, resnet

# Each has build_generator, build_discriminator, check_image_shape and freezable, with the same
# arguments.
FAMILIES: dict[str, ModuleType] = {"dcgan": dcgan, "resnet": resnet, "r3gan": r3gan}
