//! Uploads that are refused, cut, led astray, or never answered.

use super::fault::{At, Fault, Move, Whom};
use super::flows;
use super::said::{Said, answer, head};

const POST: At = At::Request("POST");
const PUT: At = At::Request("PUT");
const FETCH: At = At::Request("GET /chat-images");

pub(super) fn faults() -> Vec<Fault> {
    [grants(), puts()].concat()
}

fn fault(name: &str, done: &str, at: At, does: fn(&Said) -> Vec<Move>) -> Fault {
    Fault { whom: Whom::All, ..Fault::new(name, done).plays(flows::UPLOAD).does(at, does) }
}

fn grants() -> Vec<Fault> {
    let failed = |name, done, does: fn(&Said) -> Vec<Move>| {
        fault(name, done, POST, does).counts(&["network/upload_failed"])
    };
    vec![
        failed("upload-mute", "The upload call is never answered.", |_| vec![Move::Stalls])
            .given(&["--set", "response_timeout=2s"]),
        failed("upload-reset", "The upload call's stream is reset.", |_| vec![Move::Resets]),
        failed("upload-truncated", "The upload call's answer ends before it is whole.", |_| {
            vec![head("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"data\""), Move::Ends]
        }),
        fault("upload-endless", "The upload call's answer has no end.", POST, |_| {
            let more = vec![b'x'; 65_536];
            vec![head("HTTP/1.1 200 OK\r\n\r\n"), Move::Repeats(more, None)]
        })
        .counts(&["schema/too_large"]),
        fault("upload-refused", "The upload call is answered with 503.", POST, |_| {
            vec![answer("503 Service Unavailable", "", "no")]
        })
        .counts(&["application/status_503"])
        .finds(&["UPLOAD-1"]),
        fault("upload-redirected", "The upload call is answered with 307.", POST, |_| {
            vec![answer("307 Temporary Redirect", "Location: http://127.0.0.1:1/\r\n", "")]
        })
        .counts(&["application/status_307"])
        .finds(&["UPLOAD-1"]),
        fault("upload-not-json", "The upload call is answered with what is no JSON.", POST, |_| {
            vec![answer("200 OK", "Content-Type: application/json\r\n", "no")]
        })
        .counts(&["schema/invalid_upload_answer"])
        .finds(&["UPLOAD-1"]),
        fault(
            "upload-led-astray",
            "The upload URL leads to a host that was not allowed.",
            POST,
            |_| {
                let url = "https://evil.example.com/chat-images/a.txt";
                let body = format!(
                    r#"{{"data":{{"uploadUrlData":{{"uploadURL":"{url}?Content-Type=text%2Fplain","fileName":"note.txt","uploadPath":"/chat-images/a.txt","resourceUrl":"{url}"}}}},"message":"Upload Url generated successfully!"}}"#
                );
                vec![answer("200 OK", "Content-Type: application/json\r\n", &body)]
            },
        ),
    ]
}

fn puts() -> Vec<Fault> {
    vec![
        fault("put-mute", "The file is taken and never acknowledged.", PUT, |_| vec![Move::Stalls])
            .given(&["--set", "response_timeout=2s"])
            .counts(&["network/upload_failed"]),
        fault("put-refused", "The file is refused with 403.", PUT, |_| {
            vec![answer("403 Forbidden", "", "<Error><Code>SignatureDoesNotMatch</Code></Error>")]
        })
        .counts(&["application/status_403"])
        .finds(&["UPLOAD-3"]),
        fault("fetch-changed", "The file that is served is another one.", FETCH, |_| {
            vec![answer("200 OK", "Content-Type: text/plain\r\n", "another note")]
        })
        .finds(&["UPLOAD-4"]),
        fault("fetch-huge", "The file that is served has no end.", FETCH, |_| {
            let more = vec![b'x'; 65_536];
            vec![head("HTTP/1.1 200 OK\r\n\r\n"), Move::Repeats(more, None)]
        })
        .counts(&["schema/too_large"])
        .exits(0),
    ]
}
