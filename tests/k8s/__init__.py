"""What deploy/k8s renders to, and what can be said of it without a cluster."""
