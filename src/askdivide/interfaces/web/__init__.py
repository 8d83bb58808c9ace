"""The web chat: a Gradio page over an Assistant, served to browsers on this machine."""

import os

# Gradio and huggingface_hub read these when they are imported.
os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_DISABLE_TELEMETRY="1")
