use ::cube::id::{AttemptToken, CubeName, JobId, SegmentId};
use ::cube::job::StepKind;
use serde_json::{Value, json};

use super::*;

const ID: &str = "3afd6e75-f921-41e1-8c68-cb60bc72a601";
const SEGMENT: &str = "42ebcdea-f921-41e1-8c68-cb60bc72a601";
/// 2016-11-29 06:55:41 UTC.
const CREATED: i64 = 1_480_402_541_240;

fn job(state: JobState) -> CubeJob {
    let mut steps = StepKind::ALL.map(CubeStep::new).to_vec();
    steps[0] = CubeStep {
        state: JobState::Finished,
        started_at: Some(CREATED + 12_000),
        ended_at: Some(CREATED + 30_000),
        done: 19_024,
        total: 19_024,
        log: vec!["one".into(), "two".into()],
        ..steps[0].clone()
    };
    steps[1] = CubeStep {
        state: JobState::Running,
        started_at: Some(CREATED + 30_000),
        done: 1,
        total: 4,
        ..steps[1].clone()
    };
    CubeJob {
        id: ID.parse::<JobId>().unwrap(),
        cube: CubeName::new("sales_stream").unwrap(),
        segment: SEGMENT.parse::<SegmentId>().unwrap(),
        segment_name: "1409830324_1409849348".into(),
        offsets: "0:1409830324..1409849348".parse().unwrap(),
        state,
        priority: 0,
        submitter: "ADMIN".into(),
        created_at: CREATED,
        started_at: Some(CREATED + 12_000),
        ended_at: None,
        updated_at: CREATED + 20_000,
        attempts: 1,
        attempt: AttemptToken::fresh(),
        error: None,
        nothing_new: false,
        messages: 0,
        bytes: 0,
        memory_peak: 0,
        steps,
    }
}

fn shape(job: &CubeJob) -> Value {
    serde_json::to_value(Job::new(job, None, CREATED + 197_000)).unwrap()
}

const UNITS: [&str; 3] = ["offsets", "cuboids", "segments"];
const LOG_LINES: [usize; 3] = [2, 0, 0];

#[test]
fn a_running_job_is_the_golden_one() {
    let step = |i: usize,
                name: &str,
                status: &str,
                started: i64,
                ended: i64,
                done: u64,
                total: u64,
                info: Value| {
        json!({
            "interruptCmd": null, "id": format!("{ID}-0{i}"), "name": name, "sequence_id": i, "exec_cmd": null,
            "interrupt_cmd": null, "exec_start_time": started, "exec_end_time": ended, "exec_wait_time": 0,
            "step_status": status, "cmd_type": "SHELL_CMD", "info": info, "run_async": false, "done": done,
            "total": total, "unit": UNITS[i], "log_lines": LOG_LINES[i],
        })
    };
    let (first, second) = (CREATED + 12_000, CREATED + 30_000);
    let steps = [
        step(
            0,
            StepKind::Read.title(),
            "FINISHED",
            first,
            second,
            19_024,
            19_024,
            json!({ "startTime": first.to_string(), "endTime": second.to_string() }),
        ),
        step(
            1,
            StepKind::Cuboids.title(),
            "RUNNING",
            second,
            0,
            1,
            4,
            json!({ "startTime": second.to_string() }),
        ),
        step(2, StepKind::Publish.title(), "PENDING", 0, 0, 0, 0, json!({})),
    ];
    let expected = json!({
        "uuid": ID, "last_modified": CREATED + 20_000, "version": VERSION,
        "name": "sales_stream - 1409830324_1409849348 - BUILD - UTC 2016-11-29 06:55:41",
        "projectName": "default", "type": "BUILD", "duration": 185, "related_cube": "sales_stream",
        "display_cube_name": "sales_stream", "related_segment": SEGMENT,
        "related_segment_name": "1409830324_1409849348", "exec_start_time": first, "exec_end_time": 0,
        "exec_interrupt_time": 0, "mr_waiting": 12, "steps": steps, "submitter": "ADMIN", "job_status": "RUNNING",
        "build_instance": format!("{}@localhost", std::process::id()), "progress": 41.7,
        "create_time_utc": CREATED, "nothing_new": false, "error": null, "attempts": 1,
        "priority": 0, "source_partition_offset_start": { "0": 1409830324 },
        "source_partition_offset_end": { "0": 1409849348 }, "messages": 0, "bytes": 0, "messages_per_second": 0,
        "bytes_per_second": 0, "memory_bytes": 0,
    });
    assert_eq!(shape(&job(JobState::Running)), expected);
}

#[test]
fn a_job_that_waits_has_no_times_and_one_with_nothing_new_is_done() {
    let waiting = shape(&CubeJob { started_at: None, steps: vec![], ..job(JobState::Pending) });
    assert_eq!(
        (&waiting["exec_start_time"], &waiting["duration"], &waiting["progress"]),
        (&json!(0), &json!(0), &json!(0.0))
    );
    let nothing = shape(&CubeJob {
        nothing_new: true,
        steps: vec![],
        ended_at: Some(CREATED),
        ..job(JobState::Finished)
    });
    assert_eq!(
        (&nothing["progress"], &nothing["nothing_new"], &nothing["steps"]),
        (&json!(100.0), &json!(true), &json!([]))
    );
}

#[test]
fn partitions_are_listed_while_there_is_progress() {
    let progress = BuildProgress::new(&"0:10..20 1:5..5".parse().unwrap(), 4);
    let shape = serde_json::to_value(Job::new(&job(JobState::Running), Some(&progress), CREATED)).unwrap();
    let expected = json!([
        { "partition": 0, "start": 10, "end": 20, "position": 10 },
        { "partition": 1, "start": 5, "end": 5, "position": 5 },
    ]);
    assert_eq!(shape["partitions"], expected);
}

#[test]
fn the_output_of_a_step_is_its_log() {
    let job = job(JobState::Running);
    let output = serde_json::to_value(StepOutput::new(&job, 0, &job.steps[0])).unwrap();
    assert_eq!(output, json!({ "jobId": ID, "stepId": format!("{ID}-00"), "cmd_output": "one\ntwo" }));
}
