use super::*;
use crate::engine::sample;

const SEGMENT_JOBS: &str = "/data/core/ups/segment/jobs";

/// The id of a sample audience.
fn audience(place: usize) -> &'static str {
    sample::audiences()[place].id
}

impl Core {
    /// A job that evaluates one audience; its id.
    fn segment_job(&self, now: i64) -> String {
        let answer = self.post(SEGMENT_JOBS, &json!([{"segmentId": audience(0)}]), now);
        assert_eq!(answer.status, 200, "{}", answer.document());
        answer.document()["id"].as_str().unwrap().to_owned()
    }

    fn segment_job_at(&self, id: &str, now: i64) -> Value {
        self.get(&format!("{SEGMENT_JOBS}/{id}"), now).document()
    }

    fn segment_jobs_listed(&self, query: &str, now: i64) -> Value {
        self.get(&format!("{SEGMENT_JOBS}?{query}"), now).document()
    }
}

fn ids(list: &Value) -> Vec<String> {
    let children = list["children"].as_array().unwrap().iter();
    children.map(|job| job["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_created_job_is_new_and_tells_what_it_evaluates() {
    let core = core();
    let answer = core.post(SEGMENT_JOBS, &json!([{"segmentId": audience(1)}]), second(1));
    assert_eq!(answer.status, 200);
    let job = answer.document();
    assert_eq!(job["id"].as_str().unwrap().len(), 36);
    assert_eq!((&job["status"], &job["source"]), (&json!("NEW"), &json!("api")));
    assert_eq!(job["requestId"], "requestid");
    assert_eq!(job["imsOrgId"], ORG);
    assert_eq!(job["sandbox"]["sandboxName"], "prod");
    assert_eq!((&job["creationTime"], &job["updateTime"]), (&json!(second(1)), &json!(second(1))));
    assert_eq!(job["updateEpoch"], second(1) / 1_000);
    assert_eq!(job["schema"], json!({"name": "_xdm.context.profile"}));
    let segments = job["segments"].as_array().unwrap();
    assert_eq!(segments.len(), 1);
    assert_eq!(segments[0]["segmentId"], audience(1));
    assert_eq!(segments[0]["segment"]["expression"]["type"], "PQL");
    assert_eq!(segments[0]["segment"]["mergePolicy"]["version"], 1);
    let link = format!("/segment/jobs/{}", job["id"].as_str().unwrap());
    assert_eq!(job["_links"]["checkStatus"], json!({"href": link, "method": "GET"}));
    for absent in ["errors", "metrics", "computeGatewayJobId"] {
        assert!(job.get(absent).is_none(), "{absent}");
    }
}

#[test]
fn a_job_moves_as_planned() {
    let core = core();
    let id = core.segment_job(START);
    for (at, status, updated) in [
        (0, "NEW", 0),
        (9, "NEW", 0),
        (10, "PROCESSING", 10),
        (29, "PROCESSING", 10),
        (30, "SUCCEEDED", 30),
        (99, "SUCCEEDED", 30),
    ] {
        let job = core.segment_job_at(&id, second(at));
        assert_eq!((&job["status"], &job["updateTime"]), (&json!(status), &json!(second(updated))));
    }
    let metrics = |at| core.segment_job_at(&id, second(at))["metrics"].clone();
    let begun = |at| json!({"startTimeInMs": second(at)});
    assert_eq!(metrics(15), json!({"totalTime": begun(0), "profileSegmentationTime": begun(10)}));
    assert_eq!(metrics(30)["totalTime"]["totalTimeInMs"], 30_000);
    assert_eq!(metrics(30)["profileSegmentationTime"]["totalTimeInMs"], 20_000);
}

#[test]
fn without_a_plan_it_is_done_when_it_is_next_looked_at() {
    let core = Core { settings: Settings { pace: Pace::AsWork, ..core().settings }, ..core() };
    let created = core.post(SEGMENT_JOBS, &json!([{"segmentId": audience(0)}]), START).document();
    assert_eq!(created["status"], "NEW");
    let id = created["id"].as_str().unwrap();
    assert_eq!(core.segment_job_at(id, START)["status"], "SUCCEEDED");
}

#[test]
fn all_segments_are_asked_for_by_a_star() {
    let core = core();
    let all = json!({"schema": {"name": "_xdm.context.profile"}, "segments": [{"segmentId": "*"}]});
    let job = core.post(SEGMENT_JOBS, &all, START).document();
    assert_eq!(job["segments"].as_array().unwrap().len(), sample::audiences().len());
}

#[test]
fn an_unknown_segment_makes_the_job_fail() {
    let core = core();
    let asked = json!([{"segmentId": audience(0)}, {"segmentId": "nobody"}]);
    let job = core.post(SEGMENT_JOBS, &asked, START).document();
    assert_eq!(job["segments"][1], json!({"segmentId": "nobody"}));
    let job = core.segment_job_at(job["id"].as_str().unwrap(), second(30));
    assert_eq!(job["status"], "FAILED");
    let message = job["errors"][0]["msg"].as_str().unwrap();
    assert!(message.contains("nobody"), "{message}");
    assert_eq!(job["errors"].as_array().unwrap().len(), 1);
}

#[test]
fn what_is_no_request_is_refused() {
    let core = core();
    for (body, part) in [
        (json!([]), "At least one"),
        (json!([{}]), "segments[0].segmentId is required"),
        (json!([{"segmentId": audience(0)}, {"segmentId": 7}]), "segments[1]"),
        (json!([{"segmentId": ""}]), "segments[0]"),
        (json!({"schema": {}}), "segments must be a list"),
        (json!("gold"), "must be a list"),
    ] {
        let answer = core.post(SEGMENT_JOBS, &body, START);
        assert_eq!(answer.status, 400, "{body}");
        let title = answer.document()["title"].as_str().unwrap().to_owned();
        assert!(title.contains(part), "{body}: {title}");
    }
    let torn = core.send(core.signed("POST", SEGMENT_JOBS, "[", START), START);
    assert_eq!(torn.status, 400);
    let mut untyped = core.signed("POST", SEGMENT_JOBS, "[]", START);
    untyped.headers_mut().remove("content-type");
    assert_eq!(core.send(untyped, START).document()["title"], "BadRequestError");
    assert_eq!(core.segment_jobs_listed("", START)["_page"]["totalCount"], 0);
}

#[test]
fn a_job_can_be_cancelled_until_it_is_over() {
    let core = core();
    let id = core.segment_job(START);
    let path = format!("{SEGMENT_JOBS}/{id}");
    let answer = core.delete(&path, second(15));
    assert_eq!((answer.status.as_u16(), answer.payload.length()), (204, 0));
    for (at, status) in [(14, "PROCESSING"), (15, "CANCELLING"), (17, "CANCELLED")] {
        assert_eq!(core.segment_job_at(&id, second(at))["status"], status, "at {at} s");
    }
    assert_eq!(core.delete(&path, second(16)).status, 204, "once more");
    assert_eq!(core.segment_job_at(&id, second(17))["status"], "CANCELLED", "and no later for it");

    let done = core.segment_job(START);
    assert_eq!(core.delete(&format!("{SEGMENT_JOBS}/{done}"), second(30)).status, 204);
    assert_eq!(core.segment_job_at(&done, second(99))["status"], "SUCCEEDED");

    let waiting = core.segment_job(START);
    core.delete(&format!("{SEGMENT_JOBS}/{waiting}"), second(1));
    let metrics = core.segment_job_at(&waiting, second(20))["metrics"].clone();
    assert_eq!(metrics["profileSegmentationTime"], json!({}), "it never began");
    let put = core.send(core.signed("PUT", &path, "{}", START), START);
    assert_eq!((put.status.as_u16(), put.header("allow")), (405, Some("GET, HEAD, DELETE")));
}

#[test]
fn jobs_of_others_are_unknown() {
    let core = core();
    let id = core.segment_job(START);
    for method in ["GET", "DELETE"] {
        let mut request = core.signed(method, &format!("{SEGMENT_JOBS}/{id}"), "", START);
        request.headers_mut().insert("x-sandbox-name", "dev".parse().unwrap());
        assert_eq!(core.send(request, START).status, 404, "{method}");
    }
    let mut list = core.signed("GET", SEGMENT_JOBS, "", START);
    list.headers_mut().insert("x-sandbox-name", "dev".parse().unwrap());
    assert_eq!(core.send(list, START).document()["_page"]["totalCount"], 0);
    assert_eq!(core.segment_job_at(&id, second(99))["status"], "SUCCEEDED");
}

#[test]
fn a_list_has_pages_that_are_counted() {
    let core = core();
    let made: Vec<String> = (0..5).map(|at| core.segment_job(second(at))).collect();
    let newest: Vec<&String> = made.iter().rev().collect();
    let first = core.segment_jobs_listed("limit=2", second(5));
    assert_eq!(first["_page"], json!({"totalCount": 5, "pageSize": 2, "next": "1"}));
    let link = "@/segmentJobs?sort=creationTime:DESC&start=1&limit=2&totalCount=5";
    assert_eq!(first["_links"]["next"]["href"], link);
    assert_eq!(ids(&first).iter().collect::<Vec<_>>(), newest[..2]);
    let last = core.segment_jobs_listed("limit=2&start=2", second(5));
    assert_eq!(last["_page"], json!({"totalCount": 5, "pageSize": 1}));
    assert_eq!(last["_links"], json!({"next": {}}));
    assert_eq!(ids(&last), made[..1]);
    let oldest = core.segment_jobs_listed("sort=creationTime:ASC", second(5));
    assert_eq!(ids(&oldest), made);
}

#[test]
fn a_list_is_filtered_and_picky() {
    let core = core();
    let early = core.segment_job(START);
    let late = core.segment_job(second(30));
    let at = second(31);
    assert_eq!(ids(&core.segment_jobs_listed("status=SUCCEEDED", at)), [early]);
    assert_eq!(ids(&core.segment_jobs_listed("status=NEW", at)), [late]);
    assert!(ids(&core.segment_jobs_listed("status=QUEUED", at)).is_empty());
    let of = |segment: &str| format!("property=segments~segmentId=={segment}");
    assert_eq!(ids(&core.segment_jobs_listed(&of(audience(0)), at)).len(), 2);
    assert!(ids(&core.segment_jobs_listed(&of(audience(1)), at)).is_empty());
    for bad in ["limit=0", "start=x", "status=DONE", "sort=name:asc", "sort=id:up", "property=a"] {
        assert_eq!(core.get(&format!("{SEGMENT_JOBS}?{bad}"), at).status, 400, "{bad}");
    }
    assert_eq!(core.get(&format!("{SEGMENT_JOBS}?snapshot.name=x"), at).status, 501);
}
