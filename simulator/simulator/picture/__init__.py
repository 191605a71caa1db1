"""Pictures of a prompt: a painted scene, the prompt to read, and a mark that it is simulated."""
