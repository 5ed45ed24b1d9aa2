"""HTTP, once for all pages: access, answers, forms, language, errors, words."""
