//! What a column can say of a decision.

use std::collections::BTreeMap;

/// What a column says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// Dataset that the image belongs to.
    Set,
    /// What made the reconstructions.
    Condition,
    /// Name of the subject whose brain the reconstruction is of.
    Subject,
    /// Name of the image that was shown as the original.
    Image,
    /// The images whose reconstructions are the foils, joined by `|`.
    Distractor,
    /// Pseudonym of the person who decided.
    Rater,
    /// Reconstructions to choose from.
    NAlternatives,
    /// Whether the answer is right.
    Correct,
    /// Where the right one stood.
    Side,
    /// What was chosen.
    Answer,
    /// Reaction time, in milliseconds unless the tool writes seconds.
    RtMs,
    /// Place in the person's order.
    Trial,
    /// Trial, catch or practice.
    Kind,
}

impl Field {
    /// All of them, in the order of our own table.
    pub const ALL: [Self; 13] = [
        Self::Set,
        Self::Condition,
        Self::Subject,
        Self::Image,
        Self::Distractor,
        Self::Rater,
        Self::NAlternatives,
        Self::Correct,
        Self::Side,
        Self::Answer,
        Self::RtMs,
        Self::Trial,
        Self::Kind,
    ];

    /// Name of the column in our own table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Condition => "condition",
            Self::Subject => "subject",
            Self::Image => "image",
            Self::Distractor => "distractor",
            Self::Rater => "rater",
            Self::NAlternatives => "n_alternatives",
            Self::Correct => "correct",
            Self::Side => "side",
            Self::Answer => "answer",
            Self::RtMs => "rt_ms",
            Self::Trial => "trial",
            Self::Kind => "kind",
        }
    }

    /// The field of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }
}

/// Columns by what they say, as a user named them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mapping(BTreeMap<Field, String>);

impl Mapping {
    /// Reads `FIELD=COLUMN`, as it is typed; the text says what is wrong with it.
    ///
    /// # Errors
    /// A sentence, if the text is no such pair, the field is unknown or was named before.
    pub fn add(&mut self, text: &str) -> Result<(), String> {
        let names = || Field::ALL.map(Field::name).join(", ");
        let (field, column) = text.split_once('=').ok_or_else(|| {
            format!(
                "'{text}': expected FIELD=COLUMN with a field of {}",
                names()
            )
        })?;
        let named = Field::named(field.trim()).ok_or_else(|| {
            format!(
                "'{field}' is no field of a decision: expected one of {}",
                names()
            )
        })?;
        match self.0.insert(named, column.trim().to_owned()) {
            Some(before) => Err(format!(
                "'{field}' is mapped twice: to '{before}' and to '{column}'"
            )),
            None => Ok(()),
        }
    }

    /// The column that was named for a field.
    pub fn column(&self, field: Field) -> Option<&str> {
        self.0.get(&field).map(String::as_str)
    }
}
