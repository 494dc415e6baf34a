"""Public pages over physiology."""
