//! `--set path.to.key=value`: a text is changed where a path leads.
