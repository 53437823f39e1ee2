"""What an audit says in words: specifications, criteria, fingerprints, and questions to authors in two languages."""
