//! Contract tests, one per trait, so that a plugin is tested by one line.
