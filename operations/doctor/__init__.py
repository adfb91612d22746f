"""What may be wrong with a deployment, one function a question; examination.py asks them all."""
