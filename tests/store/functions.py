"""Every function of the app with arguments that name rows of the library, by who may call it."""

from __future__ import annotations

from tests.store.callers import USERS

READERS: dict[str, str] = {
    "get_media": "p_media_id => %(media_id)s",
    "list_media": "p_post_id => %(post_id)s",
    "list_blobs": "",
    "blob_for_media": "p_media_id => %(media_id)s",
    "proofs_of": "p_media_id => %(media_id)s",
    "record_event": "p_media_id => %(media_id)s, p_event => 'media_accessed', p_actor => 'app'",
    "list_events": "p_media_id => %(media_id)s",
    "imports_of_posts": "p_post_ids => array[%(post_id)s]",
    "events_of_media": "p_media_ids => array[%(media_id)s]",
    "analyses_of_bytes": "p_sha256 => array[%(sha256)s]",
    "raw_posts": "",
    "list_posts": """p_filter => '{"words": "engines"}'""",
    "export_posts": """p_filter => '{"words": "engi"}'""",
    "search_posts": "p_query => 'engines'",
    "picture_use": "p_media_id => %(media_id)s",
    "found_posts": "p_words => 'engines', p_post_ids => array[%(post_id)s]",
    "post_anchors": "p_every => 1",
    "facet_posts": "p_facet => 'platform'",
    "suggest_values": "p_field => 'author', p_prefix => 'a'",
    "list_gallery": "",
    "gallery_anchors": "p_every => 1",
    "ai_costs": "",
    "similar_media": "p_media_id => %(media_id)s",
    "record_phash": "p_sha256 => %(sha256)s, p_phash => 5",
    "list_views": "",
    "search_meaning": "p_model => 'local:small', p_vector => '[1,0]'",
    "search_hybrid": "p_words => 'engines', p_model => 'local:small', p_vector => '[1,0]'",
    "get_post": "p_post_id => %(post_id)s",
    "list_jobs": "",
    "count_jobs": "",
    "count_failures": "",
    "list_queue": "p_part => 'waiting'",
    "changes_after": "",
    "latest_change": "",
    "request_link": "p_media_id => %(media_id)s, p_sha256 => %(sha256)s, p_wants => 'link',"
    " p_public_key => repeat('0a', 32)",
    "take_link": "p_public_key => repeat('0a', 32)",
}
COUNTERS: dict[str, str] = {
    "count_above": "p_at => null",
    "open_jobs": "p_kind => 'verify'",
    "read_queues": "",
    "read_statistics": "",
    "ai_spending": "",
    "meaning_state": "p_model => 'local:small'",
    "count_posts": "",
}
EDITORS: dict[str, str] = {
    "import_media": "p_post_id => %(post_id)s, p_media => '[]'",
    "request_jobs": "p_kind => 'verify', p_media_ids => array[%(media_id)s]",
    "retry_jobs": "",
    "cancel_jobs": "",
    "save_view": "p_name => 'failures', p_filter => 'status:failed'",
    "delete_view": "p_view_id => 'view-1'",
    "change_posts": "p_change => 'mark', p_post_ids => array[%(post_id)s]",
    "jobs_on": "p_statuses => array['todo'], p_post_ids => array[%(post_id)s]",
    "undo_change": "p_change_id => 'change-1'",
    "estimate_analyses": "p_question => '{}'",
    "hold_embedding": """p_model => 'local:small', p_budget => '{"most": 1, "caps": {}}'""",
    "settle_embedding": "p_charge_id => 0, p_spent => 0, p_unsure => 0",
    "pin_media": "p_media_ids => array[%(media_id)s]",
    "start_run": "p_script_name => 'x', p_platform => 'linkedin', p_files => '[]'",
    "find_held": "p_keys => '[]'",
    "note_items": "p_groups => '[]'",
    "import_posts": "p_run_id => null, p_posts => '[]', p_raw_json => '{}', p_dry_run => true",
    "finish_run": "p_run_id => (select run_id from public.download_runs limit 1), p_status => 'x',"
    " p_report => '{}'",
}
# Whoever is signed in, also without a workspace.
PEOPLE: dict[str, str] = {
    "list_workspaces": "",
    "accept_invitations": "",
    "library_terms": "",
}
OWNERS: dict[str, str] = {
    "create_workspace": "p_name => 'new'",
    "invite_member": "p_email => 'x@example.org'",
    "change_role": f"p_who => '{USERS['viewer']}', p_role => 'editor'",
    "remove_member": f"p_who => '{USERS['viewer']}'",
}
TEAM: dict[str, str] = {"list_team": ""}
# What concerns the queue as a whole: all members see it, and who may not change every workspace leaves it.
STEERING: dict[str, str] = {
    "list_lanes": "",
    "list_workers": "",
    "pause_jobs": "p_kind => 'verify'",
    "set_job_concurrency": "p_kind => 'verify', p_concurrency => 3",
}
SHOWN_TO_ALL = ("list_lanes", "list_workers")
SERVICE: dict[str, str] = {
    "claim_downloads": "p_media_ids => array[%(media_id)s], p_claim => 'c'",
    "exchange_downloads": "p_worker_id => 0",
    "exchange_archives": "p_worker_id => 0",
    "media_without_bytes": "p_media_ids => array[%(media_id)s]",
    "take_in_media": "p_files => '[]'",
    "miss_media": "p_missed => '[]'",
    "finish_download": "p_media_id => %(media_id)s, p_claim => 'c', p_file => '{}'",
    "fail_download": "p_media_id => %(media_id)s, p_claim => 'c', p_outcome => 'network', p_error => 'x'",
    "release_download": "p_media_id => %(media_id)s, p_claim => 'c'",
    "put_back_job": "p_job_id => 0",
    "enlist_worker": "p_worker_id => 0, p_process_id => 'x', p_name => 'x', p_queues => '{download}'",
    "drain_worker": "p_process_id => 'x'",
    "tell_progress": "p_progress => '[]'",
    "record_verification": "p_sha256 => %(sha256)s, p_result => 'ok'",
    "record_archived": "p_sha256 => %(sha256)s, p_archive_url => 'local:x', p_proof => 'archived'",
    "archived_blobs": "",
    "archive_addresses": "",
    "record_archive_checks": "p_checks => '[]', p_method => 'read_back'",
    "lose_archived": "p_sha256 => %(sha256)s, p_archive_url => 'local:x', p_result => 'missing'",
    "take_fixity": "p_daily_bytes => 1, p_days => 1",
    "cached_blobs": "p_md5_sums => array['0']",
    "evict_blob": "p_sha256 => %(sha256)s",
    "recall_blob": "p_sha256 => %(sha256)s, p_local_file_path => 'media/images/x.jpg', p_source => 'archive'",
    "cache_summary": "",
    "colliding_md5_sums": "",
    "record_intact": "p_sha256 => array[%(sha256)s]",
    "blobs_without_marks": "",
    "record_marks": "p_sha256 => %(sha256)s, p_marks => '{}'",
    "start_meanings": "p_model => 'local:small', p_dimensions => 2",
    "take_meanings": "p_model => 'local:small'",
    "store_meanings": "p_model => 'local:small', p_posts => '[]', p_meanings => '[]'",
    "claim_links": "p_bucket => 'private-bucket'",
    "answer_link": "p_public_key => repeat('0a', 32), p_sealed => 'x'",
    "seal_events": "",
    "check_seals": "",
    "unsealed_events": "",
    "audit_head": "",
    "reserve_analysis": "p_media_id => %(media_id)s, p_provider => 'p', p_model => 'm',"
    " p_prompt_version => '1', p_schema_version => '1', p_detail => 'low'",
    "mark_analysis_sent": "p_analysis_id => %(analysis_id)s",
    "store_analysis_answer": "p_analysis_id => %(analysis_id)s, p_raw_answer => '{}'",
    "fail_analysis": "p_analysis_id => %(analysis_id)s, p_error => 'x'",
    "complete_analysis": "p_analysis_id => %(analysis_id)s, p_parsed => '{}'",
    "reserve_ai_batch": "p_claim => 'c', p_budget => '{}', p_question =>"
    """ '{"provider": "p", "model": "m", "prompt_version": "1", "schema_version": "1", "detail": "low"}'""",
    "take_ai_batch": "p_claim => 'c'",
    "ai_batch_requests": "p_batch_id => 'bat-1', p_claim => 'c'",
    "mark_ai_batch": "p_batch_id => 'bat-1', p_claim => 'c', p_state => 'uploaded'",
    "split_ai_batch": "p_batch_id => 'bat-1', p_claim => 'c', p_after => ''",
    "save_ai_batch_answers": "p_batch_id => 'bat-1', p_claim => 'c', p_answers => '[]'",
    "end_ai_batch_requests": "p_batch_id => 'bat-1', p_claim => 'c'",
    "finish_ai_batch": "p_batch_id => 'bat-1', p_claim => 'c'",
    "cancel_ai_batch": "p_batch_id => 'bat-1'",
    "list_ai_batches": "",
}


MEMBERS_MAY = {**READERS, **COUNTERS, **EDITORS, **PEOPLE, **OWNERS, **TEAM, **STEERING}
