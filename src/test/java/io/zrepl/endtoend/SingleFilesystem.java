package io.zrepl.endtoend;

/** A configuration for tests that need only one filesystem. */
final class SingleFilesystem {
  private SingleFilesystem() {}

  /** Pushes {@code src/data} to {@code dst/vault}; takes snapshots only when told. */
  static final String JOBS =
      """
      - type: push
        name: push
        filesystems: {"src/data": true}
        snapshotting: {type: manual}
        connect: {type: local, listener_name: vault, client_identity: host}
        pruning:
          keep_sender: [{type: regex, regex: ".*"}]
          keep_receiver: [{type: regex, regex: ".*"}]
      - type: sink
        name: sink
        root_fs: dst/vault
        serve: {type: local, listener_name: vault}
        recv: {placeholder: {encryption: inherit}}
      """;

  /** Where the copy is. */
  static final String REPLICA = "dst/vault/host/src/data";
}
