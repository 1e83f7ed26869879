"""The network families by name."""

from types import ModuleType

from kerasgan.model.networks import dcgan, r3gan, resnet

# Each has build_generator, build_discriminator and freezable, with the same arguments and for the
# same sizes.
FAMILIES: dict[str, ModuleType] = {"dcgan": dcgan, "resnet": resnet, "r3gan": r3gan}
