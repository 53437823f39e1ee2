"""The backward search: many specifications evaluated at once, matched with what is printed, ranked."""
