//! Redirect URIs: which are acceptable at all, when two are the same, and how an answer is sent to one.
