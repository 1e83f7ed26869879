"""How good generated images are: functions of (real, generated) that never see the trainer."""
