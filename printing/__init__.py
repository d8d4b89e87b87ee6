"""排印: a document of the rule book on paper: HTML, PDF, DOCX in the form of GB/T 9704-2012."""
