"""What other features may call of the demo."""

from strideiq.demo.calendar import PlantedBest, planted_bests
from strideiq.demo.service import EMAIL, NAME, SEED, Demo, populate

__all__ = ["EMAIL", "NAME", "SEED", "Demo", "PlantedBest", "planted_bests", "populate"]
