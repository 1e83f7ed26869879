"""How latents are looked for, as settings that are flags too."""

import dataclasses

from kerasgan.errors import UserError
from kerasgan.settings import Settings, setting


@dataclasses.dataclass(frozen=True, kw_only=True)
class ProjectionSettings(Settings):
    """How the latents of images are looked for."""

    seed: int = setting(0, "of the random pictures", minimum=0, maximum=2**31 - 1)
    candidates: int = setting(
        4000, "random pictures, the best of which are the starts", minimum=1, maximum=100_000
    )
    starts: int = setting(
        8, "the search goes on from each of them, and the best end counts", minimum=1, maximum=1024
    )
    steps: int = setting(300, "of gradient descent", minimum=1, maximum=1_000_000)
    prior: float = setting(
        0.3,
        "how much it counts that latents are as long as random ones are",
        minimum=0.0,
        maximum=1e6,
    )
    extractor: str = setting(
        "embedded",
        "the network that compares pictures: embedded, keras, or the path of a .keras file or a "
        "SavedModel",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.starts > self.candidates:
            raise UserError(
                f"--starts={self.starts}: must be at most --candidates={self.candidates}"
            )
