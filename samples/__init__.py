"""Three short videos with known content, and the script that drew them (`python -m samples.make_samples`)."""
