//! What is sent back: refusals with a sentence, and the state of a person.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::folder::{Shown, Study};
use crate::settings::Platform;
use crate::store::{NotStored, Person, Refusal};

/// An answer that refuses the request, with its reason.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Fault {
    #[serde(skip)]
    status: u16,
    /// A word that the page knows.
    error: &'static str,
    /// A sentence for the person.
    message: &'static str,
}

pub(super) fn fault(status: u16, error: &'static str, message: &'static str) -> Fault {
    Fault {
        status,
        error,
        message,
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(self)).into_response()
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unknown => fault(
                401,
                "unknown",
                "No session is known here. Please begin again with your link.",
            ),
            Refusal::Full => fault(
                403,
                "full",
                "All places of this study are taken. Thank you for your interest.",
            ),
            Refusal::Expired => fault(
                410,
                "expired",
                "You were away for too long to go on. Thank you for the answers you gave.",
            ),
            Refusal::Withdrawn => fault(
                410,
                "withdrawn",
                "You withdrew from this study. Nothing of you is stored.",
            ),
            Refusal::OtherSession => fault(
                403,
                "other-session",
                "You began this study in another session. Please go on there.",
            ),
            Refusal::TakenOver => fault(
                409,
                "taken-over",
                "The study goes on in another tab or window.",
            ),
            Refusal::OutOfOrder => fault(409, "out-of-order", "This is not the next trial."),
            Refusal::Different => fault(
                409,
                "different",
                "Another answer to this trial was stored before.",
            ),
            Refusal::Unfinished => fault(409, "unfinished", "Some answers are still missing."),
        }
    }
}

impl From<NotStored> for Fault {
    fn from(_: NotStored) -> Self {
        fault(
            503,
            "not-stored",
            "The answer could not be stored yet. It will be sent again.",
        )
    }
}

/// What the page shows next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Stage {
    /// Instructions, and the questions on them.
    Comprehension,
    /// Practice and trials.
    Trials,
    /// All trials are answered.
    Debrief,
    /// All is done.
    Finished,
}

/// Where a person stands, and the names of all pictures; nothing tells a side.
#[derive(Debug, Serialize)]
pub(super) struct State<'a> {
    stage: Stage,
    /// The made-up name under which answers are stored.
    pseudonym: String,
    /// First trial without an answer.
    next: u32,
    n_practice: u32,
    /// Whether instructions are shown again, after a long absence.
    instructions: bool,
    tries: u32,
    trials: Vec<&'a Shown>,
    completion: Option<Completion<'a>>,
}

/// How the person gets back to the platform.
#[derive(Debug, Serialize)]
pub(super) struct Completion<'a> {
    url: Option<&'a str>,
    code: Option<&'a str>,
}

impl<'a> Completion<'a> {
    pub(super) fn of(study: &'a Study) -> Self {
        match &study.about.settings.platform {
            Platform::Link => Self {
                url: None,
                code: None,
            },
            Platform::Prolific { completion_url } => Self {
                url: Some(completion_url),
                code: None,
            },
            Platform::Code { code } => Self {
                url: None,
                code: Some(code),
            },
        }
    }
}

impl<'a> State<'a> {
    /// The state of a person who was away for so many milliseconds.
    pub(super) fn of(study: &'a Study, person: &Person, away_ms: i64) -> Self {
        let list = study.list(person.list);
        let trials: Vec<&Shown> = list
            .iter()
            .flat_map(|list| list.practice.iter().chain(&list.trials))
            .collect();
        let stage = match (person.is_finished, person.is_instructed) {
            (true, _) => Stage::Finished,
            (false, false) => Stage::Comprehension,
            (false, true) if person.next as usize > trials.len() => Stage::Debrief,
            (false, true) => Stage::Trials,
        };
        let patience = i64::from(study.about.settings.resume.instructions_after_minutes) * 60_000;
        Self {
            stage,
            pseudonym: person.pseudonym.clone(),
            next: person.next,
            n_practice: list.map_or(0, |list| list.practice.len() as u32),
            instructions: stage == Stage::Trials && away_ms > patience,
            tries: person.tries,
            trials,
            completion: (stage == Stage::Finished).then(|| Completion::of(study)),
        }
    }
}
