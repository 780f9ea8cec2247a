package io.zrepl.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.config.ConfigurationLoader;
import io.zrepl.job.JobSettings;
import io.zrepl.model.JobId;
import java.util.List;
import org.junit.jupiter.api.Test;

class JobChangesTest {
  private static final String EVERYTHING =
      """
      jobs:
      - name: push
        type: push
        filesystems: {"tank<": true, "tank/tmp": false}
        connect: {type: tcp, address: "peer:8888", dial_timeout: 5s}
        send: {encrypted: true, bandwidth_limit: {max: 10 MiB}}
        snapshotting:
          type: periodic
          prefix: zrepl_
          interval: 10m
          hooks:
          - {type: command, path: /bin/true, timeout: 5s, filesystems: {"tank/db": true}}
        replication: {concurrency: {steps: 2}}
        pruning:
          keep_sender:
          - type: not_replicated
          - {type: last_n, count: 3, regex: "^zrepl_"}
          keep_receiver:
          - {type: grid, grid: 1x1h(keep=all) | 24x1h, regex: "^zrepl_"}
          - {type: regex, regex: "manual", negate: true}
      - name: sink
        type: sink
        root_fs: tank/sink
        serve: {type: tcp, listen: ":8888", clients: {"10.0.0.0/8": "client-*"}}
        recv: {properties: {inherit: [mountpoint], override: {canmount: "off"}}}
      - name: pull
        type: pull
        root_fs: tank/pull
        interval: 1h
        connect: {type: ssh+stdinserver, host: h, user: u, port: 22, identity_file: /k}
        pruning: {keep_sender: [{type: not_replicated}], keep_receiver: [{type: last_n, count: 1}]}
      - name: source
        type: source
        filesystems: {"tank<": true}
        serve: {type: local, listener_name: here}
        snapshotting: {type: cron, prefix: c_, cron: "0 * * * *"}
      - name: snap
        type: snap
        filesystems: {"tank<": true}
        snapshotting: {type: manual}
        pruning: {keep: [{type: last_n, count: 3}]}
      """;

  private static List<JobSettings> jobs(String text) throws Exception {
    return ConfigurationLoader.parse("test", text, ConfigurationLoader.Certificates.SKIP)
        .configuration()
        .jobs();
  }

  private static List<String> names(List<JobId> ids) {
    return ids.stream().map(JobId::toString).toList();
  }

  @Test
  void theSameTextReadTwiceChangesNoJob() throws Exception {
    JobChanges changes = JobChanges.between(jobs(EVERYTHING), jobs(EVERYTHING));
    assertThat(names(changes.unchanged()))
        .containsExactly("push", "sink", "pull", "source", "snap");
    assertThat(changes.changed()).isEmpty();
    assertThat(changes.added()).isEmpty();
    assertThat(changes.removed()).isEmpty();
  }

  @Test
  void eachJobIsComparedByItself() throws Exception {
    String other =
        EVERYTHING
            .replace("24x1h", "25x1h")
            .replace("client-*", "host-*")
            .replace("name: snap\n", "name: new\n");
    JobChanges changes = JobChanges.between(jobs(EVERYTHING), jobs(other));
    assertThat(names(changes.changed())).containsExactly("push", "sink");
    assertThat(names(changes.added())).containsExactly("new");
    assertThat(names(changes.removed())).containsExactly("snap");
    assertThat(changes.describe())
        .isEqualTo(
            "begun: new; begun again with other settings: push, sink; ended: snap; unchanged: pull, source");
  }
}
