"""Starts the web chat, as `askdivide serve` does."""

from askdivide.interfaces.web import serve

settings = serve.load_settings()
serve.start(settings)
