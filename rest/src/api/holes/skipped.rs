//! What was skipped, in a header: one line of printable ASCII, of bounded length.

use std::fmt::Write;

use ingest::engine::SkippedHole;
use serde_json::json;

/// Clients and proxies refuse headers of more than 8 KiB.
const MAX_LENGTH: usize = 6 << 10;

/// A JSON array of `{"name", "reason"}`; `None` if nothing was skipped. What does not fit is
/// counted in a last element without a name.
pub(super) fn header(skipped: &[SkippedHole]) -> Option<String> {
    if skipped.is_empty() {
        return None;
    }
    let mut elements: Vec<String> = vec![];
    let mut length = 0;
    for hole in skipped {
        let element = ascii(&json!({ "name": hole.name, "reason": hole.reason }).to_string());
        length += element.len() + 1;
        if length > MAX_LENGTH {
            let more = skipped.len() - elements.len();
            elements.push(json!({ "name": null, "reason": format!("{more} more were skipped") }).to_string());
            break;
        }
        elements.push(element);
    }
    Some(format!("[{}]", elements.join(",")))
}

/// Other characters as JSON escapes; in JSON text they stand only inside of strings.
fn ascii(json: &str) -> String {
    json.chars().fold(String::with_capacity(json.len()), |mut text, c| {
        if (' '..='~').contains(&c) {
            text.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hole(name: &str, reason: &str) -> SkippedHole {
        SkippedHole { name: name.into(), reason: reason.into() }
    }

    #[test]
    fn the_header_is_json_in_ascii() {
        assert_eq!(header(&[]), None);
        let text = header(&[hole("1_2", "größer \"als\"\n😀")]).unwrap();
        assert!(text.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{text}");
        let back: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back, json!([{ "name": "1_2", "reason": "größer \"als\"\n😀" }]));
    }

    #[test]
    fn many_skipped_holes_do_not_make_the_header_too_long() {
        let text = header(&vec![hole("1_2", &"x".repeat(1000)); 50]).unwrap();
        let back: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
        assert!(text.len() < 8 << 10);
        assert_eq!(back.last().unwrap()["reason"], format!("{} more were skipped", 50 - (back.len() - 1)));
    }
}
