"""What a picture shows and says: by a model, or by what this machine can measure."""
