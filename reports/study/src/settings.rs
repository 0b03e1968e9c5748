//! What the author of a study decides: texts, sizes, checks, and what is kept for how long.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The settings of a study, as they stand in `study.ron`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Title that participants read.
    pub title: String,
    /// Who answers for the study, with an address for questions.
    pub contact: String,
    /// Paragraphs that a participant agrees to.
    pub consent: Vec<String>,
    /// Paragraphs of instructions.
    pub instructions: Vec<String>,
    /// The question above each trial.
    pub question: String,
    /// Paragraphs shown after the last trial.
    pub debrief: Vec<String>,
    /// Whether participants may leave a remark at the end.
    pub ask_for_remarks: bool,
    /// How many people see how many trials.
    pub size: Size,
    /// Trials of one participant, checks apart; `None` asks for as many as the images allow.
    pub trials: Option<u32>,
    /// Attention checks of one participant.
    pub catch_trials: u32,
    /// Practice trials, with feedback.
    pub practice_trials: u32,
    /// Questions on the instructions.
    pub comprehension: Vec<Question>,
    /// Times that the comprehension questions are asked; after the last, the answers are explained, and the study goes on.
    pub comprehension_tries: u32,
    /// Expected duration, minutes.
    pub minutes: f64,
    /// Side of a picture on the screen, CSS pixels; smaller on a small screen.
    pub picture_size: u32,
    /// What a participant is paid.
    pub payment: Option<Payment>,
    /// Where participants come from and return to.
    pub platform: Platform,
    /// The preregistered rule of exclusion: it marks people, and rejects nobody.
    pub exclusion: Exclusion,
    /// When and how a participant may come back.
    pub resume: Resume,
    /// Days after which answers must be deleted.
    pub retention_days: u32,
    /// Store each browser's name beside the answers.
    pub keep_browser_names: bool,
    /// Store each peer's network address beside the answers.
    pub keep_addresses: bool,
}

/// How many lists a study has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Size {
    /// Lists of trials, one for each participant.
    Participants(u32),
    /// Decisions on each image of each source: so many foils does it meet. The number of participants follows.
    DecisionsPerImage(u32),
}

/// A question on the instructions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The question.
    pub text: String,
    /// Its answers.
    pub options: Vec<String>,
    /// Index of the right one, from 0.
    pub right: usize,
}

/// What a participant is paid for the whole study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// Amount in `currency`.
    pub amount: f64,
    /// Its name: "GBP", "EUR".
    pub currency: String,
}

/// Where participants come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Platform {
    /// By a link that names nobody.
    Link,
    /// By Prolific, whose links name participants. `completion_url` holds the code of completion.
    Prolific {
        /// "<https://app.prolific.com/submissions/complete?cc=…>"
        completion_url: String,
    },
    /// By another platform that expects a code.
    Code {
        /// The code shown at the end.
        code: String,
    },
}

/// Who is marked as excluded.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Exclusion {
    /// Most attention checks that may be failed.
    pub most_failed_checks: u32,
    /// Least median reaction time, milliseconds; 0 asks for none.
    pub least_median_rt_ms: f64,
    /// Least share of trials that must be answered.
    pub least_share_answered: f64,
}

/// When and how a participant may come back.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Resume {
    /// Absence in minutes after which instructions are shown again.
    pub instructions_after_minutes: u32,
    /// Absence in hours after which a participant can no longer come back, and the list goes to another.
    pub until_hours: u32,
}

impl Default for Exclusion {
    fn default() -> Self {
        Self {
            most_failed_checks: 1,
            least_median_rt_ms: 300.0,
            least_share_answered: 1.0,
        }
    }
}

impl Default for Resume {
    fn default() -> Self {
        Self {
            instructions_after_minutes: 30,
            until_hours: 48,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        let words = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        Self {
            title: "Which drawing belongs to the original?".into(),
            contact: "the researcher who gave you this link".into(),
            consent: words(&CONSENT),
            instructions: words(&INSTRUCTIONS),
            question: "Which drawing was made from this picture?".into(),
            debrief: words(&DEBRIEF),
            ask_for_remarks: true,
            size: Size::Participants(20),
            trials: None,
            catch_trials: 2,
            practice_trials: 2,
            comprehension: vec![Question {
                text: "What do you choose in each trial?".into(),
                options: words(&[
                    "The drawing that looks nicer",
                    "The drawing that was made from the original above",
                    "The drawing that I have seen before",
                ]),
                right: 1,
            }],
            comprehension_tries: 2,
            minutes: 8.0,
            picture_size: 224,
            payment: None,
            platform: Platform::Link,
            exclusion: Exclusion::default(),
            resume: Resume::default(),
            retention_days: 3650,
            keep_browser_names: false,
            keep_addresses: false,
        }
    }
}

const CONSENT: [&str; 4] = [
    "You are asked to compare pictures. There are no risks beyond those of looking at a screen.",
    "Taking part is your choice. You may stop at any time, and you may withdraw: everything you answered is then deleted.",
    "We store your choices and how long they took, under a made-up name. We store no network address and no name of your browser.",
    "The answers may be published without anything that tells who you are.",
];

const INSTRUCTIONS: [&str; 3] = [
    "A computer program tried to redraw pictures from the brain activity of people who looked at them. Its drawings are blurred and often wrong.",
    "In each trial you see an original picture, and below it two drawings. One was made from this original, the other from a different picture.",
    "Choose the drawing that was made from the original: press the left or the right arrow key (or F or J), or touch the drawing. If you are not sure, follow your impression.",
];

const DEBRIEF: [&str; 2] = [
    "Thank you. The drawings were reconstructed from brain activity measured by functional magnetic resonance imaging.",
    "Your choices tell how much of the originals can be recognised in them. Some trials showed the original itself: they check that the task was understood.",
];

impl Settings {
    /// Refuses what cannot hold.
    ///
    /// # Errors
    /// [`Error::Setting`] that names the setting.
    pub fn check(&self) -> Result<()> {
        let refused = |what, expected: &str, got: String, remedy| Error::Setting {
            what,
            expected: expected.into(),
            got,
            remedy,
        };
        for question in &self.comprehension {
            let n_options = question.options.len();
            if n_options < 2 || question.right >= n_options {
                return Err(refused(
                    "comprehension",
                    "two options or more, and the index of the right one among them",
                    format!("{n_options} options, and index {}", question.right),
                    "indices count from 0",
                ));
            }
        }
        if !(self.minutes > 0.0 && self.minutes.is_finite()) {
            let got = self.minutes.to_string();
            return Err(refused(
                "minutes",
                "more than 0",
                got,
                "say how long the study takes",
            ));
        }
        if !(1..=2000).contains(&self.picture_size) {
            let got = self.picture_size.to_string();
            return Err(refused(
                "picture_size",
                "1 to 2000 pixels",
                got,
                "224 suits phones",
            ));
        }
        if !(0.0..=1.0).contains(&self.exclusion.least_share_answered) {
            let got = self.exclusion.least_share_answered.to_string();
            return Err(refused(
                "exclusion.least_share_answered",
                "0 to 1",
                got,
                "1 asks for all",
            ));
        }
        if self.resume.until_hours == 0 {
            return Err(refused(
                "resume.until_hours",
                "1 or more",
                "0".into(),
                "48 is usual",
            ));
        }
        if self.trials == Some(0) {
            return Err(refused(
                "trials",
                "1 or more",
                "0".into(),
                "leave it out for the most",
            ));
        }
        if let Size::Participants(n @ 0) | Size::DecisionsPerImage(n @ 0) = self.size {
            return Err(refused("size", "1 or more", n.to_string(), "say how many"));
        }
        if let Platform::Prolific { completion_url } = &self.platform
            && !completion_url.starts_with("https://")
        {
            let got = format!("'{completion_url}'");
            return Err(refused(
                "platform",
                "an address that begins with https://",
                got,
                "copy it from Prolific",
            ));
        }
        Ok(())
    }
}
