package io.zrepl.zfs;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.model.FailureScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ZfsProblemTest {

  @ParameterizedTest
  @CsvSource({
    "destroy-held, HELD, BUSY",
    "destroy-batch-held, HELD, BUSY",
    "deleg-destroy-held, HELD, BUSY",
    "destroy-clone, HAS_CLONES, HAS_CLONES",
    "rollback-held, HAS_CLONES, HAS_CLONES",
    "destroy-missing-fs, DATASET_MISSING, DATASET_MISSING",
    "destroy-missing-snap, DATASET_MISSING, DATASET_MISSING",
    "destroy-batch-allmissing, DATASET_MISSING, DATASET_MISSING",
    "destroy-missing-pool-root-snapshot, POOL_MISSING, POOL_MISSING",
    "destroy-bookmark-missing-fs, DATASET_MISSING, DATASET_MISSING",
    "destroy-readonly-pool, POOL_READ_ONLY, POOL_READ_ONLY",
    "destroy-while-recv, BUSY, BUSY",
    "bookmark-destroy-missing, DATASET_MISSING, DATASET_MISSING",
    "bookmark-dup, BOOKMARK_EXISTS, BOOKMARK_EXISTS",
    "bookmark-nosnap, DATASET_MISSING, DATASET_MISSING",
    "bookmark-clone-missing, DATASET_MISSING, DATASET_MISSING",
    "create-exists, DESTINATION_EXISTS, DESTINATION_EXISTS",
    "create-noparent, DATASET_MISSING, DATASET_MISSING",
    "enc-mount-nokey, KEY_NOT_LOADED, KEY_NOT_LOADED",
    "enc-send-nokey, KEY_NOT_LOADED, KEY_NOT_LOADED",
    "enc-send-unloaded, KEY_NOT_LOADED, KEY_NOT_LOADED",
    "get-missing, DATASET_MISSING, DATASET_MISSING",
    "hold-nosnap, DATASET_MISSING, DATASET_MISSING",
    "list-exported, POOL_MISSING, POOL_MISSING",
    "list-missing-pool, POOL_MISSING, POOL_MISSING",
    "list-missing-snap, DATASET_MISSING, DATASET_MISSING",
    "nonroot-bookmark, PERMISSION_DENIED, PERMISSION_DENIED",
    "nonroot-destroy, PERMISSION_DENIED, PERMISSION_DENIED",
    "nonroot-hold, PERMISSION_DENIED, PERMISSION_DENIED",
    "nonroot-recv, PERMISSION_DENIED, PERMISSION_DENIED",
    "nonroot-send, PERMISSION_DENIED, PERMISSION_DENIED",
    "nonroot-set, PERMISSION_DENIED, PERMISSION_DENIED",
    "nonroot-snapshot, PERMISSION_DENIED, PERMISSION_DENIED",
    "recv-F-has-snapshots, DESTINATION_HAS_SNAPSHOTS, DESTINATION_HAS_SNAPSHOTS",
    "recv-vol-over-fs, DESTINATION_HAS_SNAPSHOTS, DESTINATION_HAS_SNAPSHOTS",
    "recv-bad-o, PROPERTY_REFUSED, PROPERTY_REFUSED",
    "recv-busy, DESTINATION_EXISTS, DESTINATION_EXISTS",
    "recv-busy-A, BUSY, BUSY",
    "recv-busy-F, PARTIAL_STATE_IN_THE_WAY, PARTIAL_STATE_IN_THE_WAY",
    "recv-busy-resume, PARTIAL_STATE_IN_THE_WAY, PARTIAL_STATE_IN_THE_WAY",
    "recv-partial-state-incr, PARTIAL_STATE_IN_THE_WAY, PARTIAL_STATE_IN_THE_WAY",
    "recv-corrupt, STREAM_BROKEN, STREAM_BROKEN",
    "recv-corrupt-s, STREAM_BROKEN, STREAM_BROKEN",
    "recv-s-interrupted, STREAM_BROKEN, STREAM_BROKEN",
    "recv-empty, STREAM_BROKEN, STREAM_BROKEN",
    "recv-garbage, STREAM_BROKEN, STREAM_BROKEN",
    "recv-short, STREAM_BROKEN, STREAM_BROKEN",
    "recv-shorthdr, STREAM_BROKEN, STREAM_BROKEN",
    "recv-diverged2, DESTINATION_MODIFIED, DESTINATION_MODIFIED",
    "recv-modified, DESTINATION_MODIFIED, DESTINATION_MODIFIED",
    "recv-mismatch2, INCREMENTAL_SOURCE_MISMATCH, INCREMENTAL_SOURCE_MISMATCH",
    "recv-mismatch2-F, INCREMENTAL_SOURCE_MISMATCH, INCREMENTAL_SOURCE_MISMATCH",
    "recv-diverged2-F-held, BUSY, BUSY",
    "recv-enc-raw-onto-plain, ENCRYPTED_OVERWRITE, ENCRYPTED_OVERWRITE",
    "recv-enc-plain-onto-raw, KEY_NOT_LOADED, KEY_NOT_LOADED",
    "recv-plain-under-enc-nokey, KEY_NOT_LOADED, KEY_NOT_LOADED",
    "recv-exists, DESTINATION_EXISTS, DESTINATION_EXISTS",
    "recv-exported, POOL_MISSING, POOL_MISSING",
    "recv-nopool, POOL_MISSING, POOL_MISSING",
    "recv-noparent, DATASET_MISSING, DATASET_MISSING",
    "recv-incr-nodest, DATASET_MISSING, DATASET_MISSING",
    "recv-nospace2, OUT_OF_SPACE, OUT_OF_SPACE",
    "recv-quota, QUOTA_EXCEEDED, QUOTA_EXCEEDED",
    "recv-readonly-pool, POOL_READ_ONLY, POOL_READ_ONLY",
    "send-frombm-missing, INCREMENTAL_SOURCE_MISMATCH, INCREMENTAL_SOURCE_MISMATCH",
    "send-missing-frombm-nvP, INCREMENTAL_SOURCE_MISMATCH, INCREMENTAL_SOURCE_MISMATCH",
    "send-otherfs-from, INCREMENTAL_SOURCE_MISMATCH, INCREMENTAL_SOURCE_MISMATCH",
    "send-reverse-nvP, INCREMENTAL_SOURCE_MISMATCH, INCREMENTAL_SOURCE_MISMATCH",
    "send-missing, DATASET_MISSING, DATASET_MISSING",
    "send-token-bad-nvP, TOKEN_CORRUPT, TOKEN_CORRUPT",
    "send-token-gone, TOKEN_OUTDATED, TOKEN_OUTDATED",
    "send-badopt, OTHER, OTHER",
    "set-bad, PROPERTY_REFUSED, PROPERTY_REFUSED",
    "set-badvalue, PROPERTY_REFUSED, PROPERTY_REFUSED",
    "set-missing, DATASET_MISSING, DATASET_MISSING",
    "snapshot-exists, DESTINATION_EXISTS, DESTINATION_EXISTS",
    "snapshot-nofs, DATASET_MISSING, DATASET_MISSING",
    "snapshot-readonly-pool, POOL_READ_ONLY, POOL_READ_ONLY",
  })
  void recognisesRecordedFailures(String id, ZfsProblem in23, ZfsProblem in21) {
    assertThat(ZfsProblem.recognise(Recordings.of("2.3.2").get(id).errors())).isEqualTo(in23);
    assertThat(ZfsProblem.recognise(Recordings.of("2.1.11").get(id).errors())).isEqualTo(in21);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "cannot create snapshots : pool I/O is currently suspended; POOL_SUSPENDED; POOL; true",
        "cannot open 'tank': pool I/O is currently suspended; POOL_SUSPENDED; POOL; true",
        "cannot receive: pool is unavailable; POOL_UNAVAILABLE; POOL; true",
        "cannot open 'tank': no such pool; POOL_MISSING; POOL; true",
        "cannot create 'a/b': no such pool 'a'; POOL_MISSING; POOL; true",
        "cannot create 'a/b': out of space; OUT_OF_SPACE; POOL; true",
        "cannot iterate filesystems: I/O error; INPUT_OUTPUT_ERROR; POOL; true",
        "cannot open 'tank/a@x': dataset does not exist; DATASET_MISSING; FILESYSTEM; false",
        "cannot open 'a#b': no such pool or dataset; DATASET_MISSING; FILESYSTEM; false",
        "The ZFS modules are not loaded. Try running 'modprobe zfs'; ZFS_UNAVAILABLE; JOB; true",
        "Permission denied the ZFS utilities must be run as root.; ZFS_UNAVAILABLE; JOB; true",
        "cannot receive new filesystem stream: zfs receive -F cannot be used to destroy an encrypted"
            + " filesystem or overwrite an unencrypted one with an encrypted one;"
            + " ENCRYPTED_OVERWRITE; FILESYSTEM; false",
        "something new; OTHER; FILESYSTEM; false",
      })
  void knowsScopeAndWhetherTryingAgainHelps(
      String errors, ZfsProblem expected, FailureScope scope, boolean temporary) {
    ZfsProblem problem = ZfsProblem.recognise(errors + "\n");
    assertThat(problem).isEqualTo(expected);
    assertThat(problem.scope()).isEqualTo(scope);
    assertThat(problem.temporary()).isEqualTo(temporary);
  }

  @Test
  void nameOfADatasetIsNotTakenForAWording() {
    assertThat(ZfsProblem.recognise("cannot open 'tank/quota exceeded': dataset does not exist"))
        .isEqualTo(ZfsProblem.DATASET_MISSING);
  }

  @Test
  @Timeout(20)
  void longErrorsAreClassifiedByTheirBeginningAndEnd() {
    String long1 = "cannot open 'tank/x': something else\n".repeat(30_000);
    assertThat(ZfsProblem.recognise(long1 + "permission denied"))
        .isEqualTo(ZfsProblem.PERMISSION_DENIED);
  }
}
