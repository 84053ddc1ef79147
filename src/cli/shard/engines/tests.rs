use super::*;

/// Which share the variables say, in words, or a part of what is wrong with them.
#[track_caller]
fn check(variables: &str, expected: Result<&str, &[&str]>) {
    let set = |name: &str| {
        let pairs = variables.split_whitespace().filter_map(|pair| pair.split_once('='));
        pairs.filter(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).next()
    };
    match (said(&set), expected) {
        (Ok(chosen), Ok(told)) => assert_eq!(chosen.to_string(), told, "{variables}"),
        (Err(why), Err(says)) => {
            for part in says {
                assert!(why.contains(part), "{variables}: {why}");
            }
        }
        (said, _) => panic!("{variables}: {said:?}"),
    }
}

const ARRAY: &str = "SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=10 SLURM_ARRAY_TASK_MAX=16 \
                     SLURM_ARRAY_TASK_STEP=2";

#[test]
fn each_engine_counts_as_its_documents_say() {
    check("CI_NODE_INDEX=1 CI_NODE_TOTAL=4", Ok("1/4, as GitLab CI says"));
    check("CI_NODE_INDEX=4 CI_NODE_TOTAL=4", Ok("4/4, as GitLab CI says"));
    check("STRATEGY_JOB_INDEX=0 STRATEGY_JOB_TOTAL=3", Ok("1/3, as a GitHub matrix says"));
    check(
        "JOB_COMPLETION_INDEX=3 DESKBELL_SHARD_COUNT=4",
        Ok("4/4, as a Kubernetes Indexed Job says"),
    );
    check(
        "AWS_BATCH_JOB_ARRAY_INDEX=0 AWS_BATCH_JOB_ARRAY_SIZE=2",
        Ok("1/2, as an AWS Batch array says"),
    );
    check("SLURM_PROCID=2 SLURM_STEP_NUM_TASKS=4 SLURM_NTASKS=4", Ok("3/4, as Slurm's srun says"));
    check("NOMAD_ALLOC_INDEX=1 DESKBELL_SHARD_COUNT=2", Ok("2/2, as Nomad says"));
    check("CLOUD_RUN_TASK_INDEX=9 CLOUD_RUN_TASK_COUNT=10", Ok("10/10, as a Cloud Run job says"));
}

#[test]
fn the_ids_of_an_array_begin_anywhere_and_step() {
    let array = |id: u32| format!("SLURM_ARRAY_TASK_ID={id} {ARRAY}");
    check(&array(10), Ok("1/4, as a Slurm array says"));
    check(&array(16), Ok("4/4, as a Slurm array says"));
    for beside in [8, 11, 18] {
        check(&array(beside), Err(&["none of its own shards", "sbatch --array=1-N"]));
    }
    // The last of `1-8:2` is 7, and the highest that was asked for 8.
    check(
        "SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=1 \
         SLURM_ARRAY_TASK_MAX=8 SLURM_ARRAY_TASK_STEP=2",
        Ok("4/4, as a Slurm array says"),
    );
    for uneven in ["COUNT=3", "COUNT=0", "STEP=0", "MAX=9", "MIN=17"] {
        let name = uneven.split_once('=').unwrap().0;
        let others = ARRAY.split_whitespace().filter(|pair| !pair.contains(name));
        let others = others.collect::<Vec<_>>().join(" ");
        let variables = format!("SLURM_ARRAY_TASK_ID=10 SLURM_ARRAY_TASK_{uneven} {others}");
        check(&variables, Err(&["uneven steps", uneven]));
    }
}

#[test]
fn an_index_and_a_count_both_have_to_be_known() {
    check("", Err(&["GitLab CI", "Cloud Run", "give --shard I/N"]));
    check("CI_NODE_TOTAL=1", Err(&["(CI_NODE_TOTAL=1) lacks CI_NODE_INDEX", "parallel"]));
    check("CI_NODE_INDEX=2", Err(&["(CI_NODE_INDEX=2) lacks CI_NODE_TOTAL"]));
    check("STRATEGY_JOB_INDEX=2", Err(&["lacks STRATEGY_JOB_TOTAL", "${{ strategy.job-total }}"]));
    check("JOB_COMPLETION_INDEX=0", Err(&["lacks DESKBELL_SHARD_COUNT", "completions"]));
    check("NOMAD_ALLOC_INDEX=0", Err(&["lacks DESKBELL_SHARD_COUNT", "`count`"]));
    check(
        "DESKBELL_SHARD_COUNT=4",
        Err(&["lacks JOB_COMPLETION_INDEX", "; ", "lacks NOMAD_ALLOC_INDEX"]),
    );
    check("AWS_BATCH_JOB_ARRAY_INDEX=0", Err(&["lacks AWS_BATCH_JOB_ARRAY_SIZE"]));
    check("CLOUD_RUN_TASK_COUNT=3", Err(&["lacks CLOUD_RUN_TASK_INDEX"]));
    check(
        "SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=4",
        Err(&["lacks SLURM_ARRAY_TASK_COUNT, SLURM_ARRAY_TASK_STEP"]),
    );
    check(
        "SLURM_PROCID=0 SLURM_NTASKS=4",
        Err(&["(SLURM_PROCID=0) lacks SLURM_STEP_NUM_TASKS", "srun --ntasks=N"]),
    );
}

#[test]
fn what_is_empty_or_out_of_range_is_told() {
    check("CI_NODE_INDEX= CI_NODE_TOTAL=4", Err(&["CI_NODE_INDEX is set but empty"]));
    check("SLURM_PROCID= CI_NODE_INDEX=1 CI_NODE_TOTAL=4", Err(&["SLURM_PROCID is set but empty"]));
    let gitlab = |index: &str| format!("CI_NODE_INDEX={index} CI_NODE_TOTAL=4");
    for beyond in ["0", "5"] {
        check(&gitlab(beyond), Err(&["none of its own shards", "CI_NODE_INDEX="]));
    }
    for nonsense in ["x", "-1", "+1", "1.5", "4294967296"] {
        check(&gitlab(nonsense), Err(&[&format!("CI_NODE_INDEX={nonsense} is no number")]));
    }
    check("JOB_COMPLETION_INDEX=4 DESKBELL_SHARD_COUNT=4", Err(&["none of its own shards"]));
    check("CLOUD_RUN_TASK_INDEX=0 CLOUD_RUN_TASK_COUNT=0", Err(&["none of its own shards"]));
}

#[test]
fn two_engines_at_once_are_named_unless_one_started_a_single_process() {
    let srun = |tasks: u32| format!("SLURM_PROCID=0 SLURM_STEP_NUM_TASKS={tasks}");
    let array = format!("SLURM_ARRAY_TASK_ID=12 {ARRAY}");
    check(&format!("{array} SLURM_PROCID=0 SLURM_NTASKS=1"), Ok("2/4, as a Slurm array says"));
    check(&format!("{array} {}", srun(1)), Ok("2/4, as a Slurm array says"));
    check(
        &format!("{array} {}", srun(4)),
        Err(&[
            "a Slurm array (SLURM_ARRAY_TASK_ID=12",
            "Slurm's srun (SLURM_PROCID=0",
            "--shard I/N",
        ]),
    );
    let gitlab = "CI_NODE_INDEX=2 CI_NODE_TOTAL=4";
    check(&format!("{gitlab} {}", srun(1)), Ok("2/4, as GitLab CI says"));
    check(&format!("CI_NODE_TOTAL=1 {}", srun(4)), Ok("1/4, as Slurm's srun says"));
    check(&format!("{gitlab} JOB_COMPLETION_INDEX=1"), Err(&["GitLab CI (", "Kubernetes"]));
    check(&srun(1), Ok("1/1, as Slurm's srun says"));
    let alone = "CLOUD_RUN_TASK_INDEX=0 CLOUD_RUN_TASK_COUNT=1";
    check(&format!("{alone} {}", srun(1)), Ok("1/1, as Slurm's srun says"));
}
