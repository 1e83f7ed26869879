"""What a run's labels mean, among its settings."""

import dataclasses
from typing import TYPE_CHECKING

from kerasgan.settings import Settings, setting

if TYPE_CHECKING:
    from kerasgan.label_space import LabelSpace


@dataclasses.dataclass(frozen=True, kw_only=True)
class LabelSettings(Settings):
    """What the labels of a conditional run mean.

    They are read off the data when a run begins, and kept in its config.json: networks are built
    again without data.
    """

    label_kind: str = setting(
        "none",
        "what labels are",
        choices=("none", "classes", "attributes"),
        of_data=True,
    )
    label_names: tuple[str, ...] = setting(
        (),
        "classes or attributes, in the order of the networks' conditions",
        parse=tuple,
        of_data=True,
    )

    @property
    def label_space(self) -> "LabelSpace | None":
        """What the labels mean; None for an unconditional run."""
        from kerasgan.label_space import LabelSpace  # NumPy, which settings do not need

        if self.label_kind == "classes":
            return LabelSpace(kind="classes", names=self.label_names)
        if self.label_kind == "attributes":
            return LabelSpace(kind="attributes", names=self.label_names)
        return None
