"""Reading a review: four plain files, checked in full before anything is computed."""
