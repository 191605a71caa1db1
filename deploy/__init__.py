"""How yaa is deployed: images, compose, Kubernetes. No service imports it."""
