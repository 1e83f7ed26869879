"""Measures of generated images: functions of (real, generated) that know nothing of training."""
