//! Tables as tools write them, and what is said of those that are wrong.

use std::fs;

use lab_score::study::{Kind, Side};

use super::{Mapping, Tool, read, read_counts, write};

fn table(name: &str, text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    (folder, path)
}

fn said(text: &str, maps: &[&str]) -> String {
    let (_folder, path) = table("x.csv", text);
    let mut mapping = Mapping::default();
    maps.iter().for_each(|map| mapping.add(map).unwrap());
    read(&path, None, &mapping).unwrap_err().to_string()
}

#[test]
fn our_own_table_comes_back_as_it_was() {
    let text = "set,condition,subject,image,distractor,rater,n_alternatives,correct,side,answer,rt_ms,trial,kind\n\
                vim-1,dcgan,,=img,b|c,r1,3,1,left,left,812.5,1,trial\n\
                vim-1,dcgan,s1,a,b,r1,2,0,right,left,,2,catch\n";
    let (folder, path) = table("x.csv", text);
    let first = read(&path, None, &Mapping::default()).unwrap();
    assert_eq!((first.tool, first.decisions.len()), (Tool::Lab, 2));
    assert_eq!(first.decisions[0].distractors, ["b", "c"]);
    assert_eq!(
        (first.decisions[1].side, first.decisions[1].kind),
        (Some(Side::Right), Kind::Catch)
    );
    let again = folder.path().join("y.csv");
    write(&first.decisions, &again).unwrap();
    assert!(
        fs::read_to_string(&again).unwrap().contains(",'=img,"),
        "no formula for a spreadsheet"
    );
    assert_eq!(
        read(&again, None, &Mapping::default()).unwrap().decisions,
        first.decisions
    );
}

#[test]
fn tables_of_other_tools_are_known_by_their_columns() {
    // Column names as the tools' manuals give them.
    let mturk = "\"HITId\",\"WorkerId\",\"Input.image\",\"Input.distractor\",\"Input.side\",\"Answer.choice\"\n\
                 \"H1\",\"A2X\",\"7.png\",\"9.png\",\"left\",\"left\"\n\"H2\",\"A3Y\",\"7.png\",\"3.png\",\"right\",\"left\"\n";
    let jspsych = "rt,stimulus,response,trial_type,trial_index,time_elapsed,participant_id,correct,image\n\
                   null,Welcome,,html-keyboard-response,0,10,p1,,\n901,a.png,arrowleft,image-keyboard-response,1,911,p1,true,a.png\n";
    let psychopy = "image,corrAns,trials.thisN,key_resp.keys,key_resp.corr,key_resp.rt,participant,psychopyVersion\n\
                    ,,,,,,p1,2026.1\na.png,left,0,left,1,0.75,p1,2026.1\n";
    let gorilla = "Participant Private ID,Trial Number,Zone Type,Reaction Time,Response,Correct,Spreadsheet: image\n\
                   77,1,fixation,250,,,a.png\n77,1,response_keyboard,812.3,left,0,a.png\n";
    for (text, tool, n, rater, is_correct, rt) in [
        (mturk, Tool::MTurk, 2, "A2X", true, None),
        (jspsych, Tool::JsPsych, 1, "p1", true, Some(901.0)),
        (psychopy, Tool::PsychoPy, 1, "p1", true, Some(750.0)),
        (gorilla, Tool::Gorilla, 1, "77", false, Some(812.3)),
    ] {
        let (_folder, path) = table("x.csv", text);
        let read = read(&path, None, &Mapping::default()).unwrap();
        assert_eq!((read.tool, read.decisions.len()), (tool, n), "{read:?}");
        let first = &read.decisions[0];
        assert_eq!(
            (first.rater.as_str(), first.is_correct, first.rt_ms),
            (rater, is_correct, rt)
        );
        let left_out = read
            .notes
            .iter()
            .any(|note| note.contains("1 of 2 rows hold no answer"));
        assert_eq!(left_out, tool != Tool::MTurk, "{:?}", read.notes);
    }
}

#[test]
fn json_and_semicolons_are_read_too() {
    let (_folder, path) = table(
        "x.json",
        r#"[{"trial_type":"html","trial_index":0},{"trial_type":"image","trial_index":1,"image":"a","correct":false,"rt":5.5,"subject":"p"}]"#,
    );
    let read_json = read(&path, None, &Mapping::default()).unwrap();
    assert_eq!(
        (
            read_json.decisions.len(),
            read_json.decisions[0].rater.as_str()
        ),
        (1, "p")
    );
    let (_folder, path) = table("x.csv", "\u{feff}image;correct\na;1\nb;0\n");
    assert_eq!(
        read(&path, None, &Mapping::default())
            .unwrap()
            .decisions
            .len(),
        2
    );
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    for (text, maps, words) in [
        (
            "picture,correct\na,1\n",
            &[][..],
            &["x.csv", "column for image", "--map image=COLUMN"][..],
        ),
        (
            "image,correct\na,1\n",
            &["rater=Worker"],
            &["column 'Worker' for rater", "columns image, correct"],
        ),
        (
            "image,corect\na,1\n",
            &["correct=correct"],
            &["did you mean 'corect'?"],
        ),
        (
            "image,correct\na,maybe\n",
            &[],
            &["line 2", "1 or 0 in column 'correct'", "'maybe'"],
        ),
        (
            "image,correct,side,answer\na,1,left,right\n",
            &[],
            &["line 2", "correct says 1, but answer and side say 0"],
        ),
        (
            "image,correct\na,\n",
            &[],
            &["line 2", "whether the answer is right", "empty cells"],
        ),
        (
            "image,correct,rater,trial\na,1,r,1\na,1,r,1\n",
            &[],
            &["line 3", "the decision of line 2 again"],
        ),
        (
            "image,correct,rt_ms\na,1,-3\n",
            &[],
            &["line 2", "a time of 0 or more", "'-3'"],
        ),
        (
            "image,correct,n_alternatives\na,1,1\n",
            &[],
            &["line 2", "at least 2"],
        ),
        (
            "image,image\na,1\n",
            &[],
            &["line 1", "two columns named 'image'"],
        ),
        ("image,correct\na,1,2\n", &[], &["line 2"]),
        ("image,correct\n", &[], &["no rows below"]),
        ("", &[], &["x.csv"]),
        ("[1, 2]", &[], &["no object"]),
    ] {
        // Whatever ends its lines, as programs write them on one system or another.
        for end in ["\n", "\r\n", "\r"] {
            let text = text.replace('\n', end);
            let said = said(&text, maps);
            assert!(
                words.iter().all(|word| said.contains(word)),
                "{text:?}: {said}"
            );
        }
    }
    let (_folder, path) = table("x.csv", "");
    fs::write(&path, b"image,correct\n\xff,1\n").unwrap();
    let said = read(&path, None, &Mapping::default())
        .unwrap_err()
        .to_string();
    assert!(said.contains("line 2") && said.contains("UTF-8"), "{said}");
    let mut mapping = Mapping::default();
    assert!(mapping.add("image").unwrap_err().contains("FIELD=COLUMN"));
    assert!(
        mapping
            .add("picture=x")
            .unwrap_err()
            .contains("no field of a decision")
    );
    mapping.add("image=x").unwrap();
    assert!(mapping.add("image=y").unwrap_err().contains("mapped twice"));
}

#[test]
fn counts_are_read_as_they_are_printed() {
    let (_folder, path) = table(
        "x.csv",
        "set,what,printed,n\nvim-1,decisions,67.6,250\nvim-1,images,75.5,50\n",
    );
    let rows = read_counts(&path).unwrap().unwrap();
    assert!(!rows[0].is_impossible && rows[1].is_impossible);
    assert!((rows[0].counts[0].n_correct - 169.0).abs() < 1e-12);
    let (_folder, path) = table("x.csv", "image,correct\na,1\n");
    assert_eq!(read_counts(&path).unwrap(), None);
    let (_folder, path) = table("x.csv", "n,n_correct\n10,11\n");
    let said = read_counts(&path).unwrap_err().to_string();
    assert!(said.contains("line 2") && said.contains("'11'"), "{said}");
}
