"""活动: IO at the workflows' request."""
