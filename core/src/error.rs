//! What can go wrong, in a small closed vocabulary.

use std::path::PathBuf;

use crate::location::Location;

/// Shorthand used through the project.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of the contract or of a plugin behind it.
///
/// Each variant names where it happened, what was expected, what was found and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Two shapes do not fit. Remedy: change the size named by `what`.
    #[error("{what}: expected {expected}, got {got}")]
    Shape {
        /// The array or axis that does not fit.
        what: String,
        /// The shape that would fit.
        expected: String,
        /// The shape that was found.
        got: String,
    },
    /// No plugin of this name and capability is registered. Remedy: use a listed name.
    #[error("{at}: unknown {capability} '{name}'{}; known: {known}", nearest.as_ref().map_or(String::new(), |n| format!(" (did you mean '{n}'?)")))]
    UnknownPlugin {
        /// Where the name stands.
        at: Location,
        /// The capability asked for.
        capability: &'static str,
        /// The name as written.
        name: String,
        /// The closest registered name.
        nearest: Option<String>,
        /// All registered names of the capability.
        known: String,
    },
    /// Two plugins share a name. Remedy: rename one or leave it out of the bundle.
    #[error(
        "two plugins are called {capability} '{name}': one in {first}, one in {second}; rename one of them"
    )]
    DuplicatePlugin {
        /// The capability of both plugins.
        capability: &'static str,
        /// The name of both plugins.
        name: String,
        /// Crate of the first.
        first: String,
        /// Crate of the second.
        second: String,
    },
    /// The experiment file or an override is not what it should be. Remedy: in `hint`.
    #[error("{at}: {message}{}", if hint.is_empty() { String::new() } else { format!("\n  hint: {hint}") })]
    Config {
        /// File, line and column, or the argument.
        at: Location,
        /// What is wrong in the text.
        message: String,
        /// What to do; may be empty.
        hint: String,
    },
    /// A file could not be read or written. Remedy: check the path and its permissions.
    #[error("{action} '{}': {source}", path.display())]
    Io {
        /// What was tried: "reading", "writing", "creating".
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// A file was read but does not hold what is needed. Remedy: in `remedy`.
    #[error("'{}'{}: expected {expected}, got {got}; {remedy}", path.display(), if variable.is_empty() { String::new() } else { format!(", variable '{variable}'") })]
    File {
        /// The file.
        path: PathBuf,
        /// The variable in it; may be empty.
        variable: String,
        /// What it should hold.
        expected: String,
        /// What the file holds.
        got: String,
        /// What the user can do about it.
        remedy: String,
    },
    /// Values in memory break a rule of the data. Remedy: in `remedy`.
    #[error("{what}: expected {expected}, got {got}; {remedy}")]
    Data {
        /// The quantity that breaks a rule.
        what: String,
        /// The rule that it breaks.
        expected: String,
        /// What was found.
        got: String,
        /// What the user can do about it.
        remedy: String,
    },
    /// An iterative fit stopped before it converged and the experiment demands convergence.
    #[error("{what} did not converge in {n_iterations} iterations (residual {residual:.3e})")]
    NotConverged {
        /// The fit that did not converge.
        what: String,
        /// Iterations done.
        n_iterations: usize,
        /// The residual after the last iteration.
        residual: f64,
    },
    /// The user stopped the run.
    #[error("stopped on request; run the same command again to go on")]
    Cancelled,
    /// Tensor arithmetic failed.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
    /// A plugin's own error.
    #[error("{source}")]
    Plugin {
        /// Crate of the plugin.
        plugin: &'static str,
        /// The error of the plugin.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// An error about numbers that are not finite, told of whom and when: `losses` become `losses of the decoders at epoch 3`.
    /// Every other error stays as it is.
    #[must_use]
    pub fn not_finite_of(self, whose: &str, remedy: &str) -> Self {
        match self {
            Self::Data {
                what,
                expected,
                got,
                ..
            } if expected == lab_nn::weights::FINITE => Self::Data {
                what: format!("{what} of {whose}"),
                expected,
                got,
                remedy: remedy.into(),
            },
            other => other,
        }
    }
}

impl From<lab_nn::Error> for Error {
    /// Shapes, data and tensors mean the same in both vocabularies.
    fn from(error: lab_nn::Error) -> Self {
        match error {
            lab_nn::Error::Shape {
                what,
                expected,
                got,
            } => Self::Shape {
                what,
                expected,
                got,
            },
            lab_nn::Error::Data {
                what,
                expected,
                got,
                remedy,
            } => Self::Data {
                what,
                expected,
                got,
                remedy,
            },
            lab_nn::Error::Tensor(source) => Self::Tensor(source),
            other => Self::plugin("lab-nn", other),
        }
    }
}

impl Error {
    /// An [`Error::Io`] in one call, for `map_err`.
    pub fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }

    /// An [`Error::Shape`] from anything that can be printed.
    pub fn shape(
        what: impl Into<String>,
        expected: impl std::fmt::Debug,
        got: impl std::fmt::Debug,
    ) -> Self {
        Self::Shape {
            what: what.into(),
            expected: format!("{expected:?}"),
            got: format!("{got:?}"),
        }
    }

    /// The same error; a place within the text that was read becomes what `place` says of its byte.
    #[must_use]
    pub fn placed(mut self, place: impl FnOnce(usize) -> Location) -> Self {
        if let Self::Config { at, .. } | Self::UnknownPlugin { at, .. } = &mut self
            && let Location::Within { offset } = at
        {
            *at = place(*offset);
        }
        self
    }

    /// The place that the error names, for whoever knows better where the text stands.
    pub fn place_mut(&mut self) -> Option<&mut Location> {
        match self {
            Self::Config { at, .. } | Self::UnknownPlugin { at, .. } => Some(at),
            _ => None,
        }
    }

    /// A plugin crate's own error, carried across the contract.
    pub fn plugin(
        plugin: &'static str,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Plugin {
            plugin,
            source: Box::new(source),
        }
    }
}
