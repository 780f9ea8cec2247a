package io.zrepl.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.config.Configuration;
import io.zrepl.config.ConfigurationLoader;
import io.zrepl.job.JobSettings;
import io.zrepl.model.OperationException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What of a configuration takes part when one job is run once. */
class OneJobTest {
  private static final String JOBS =
      """
      jobs:
        - {name: offer, type: source, serve: {type: local, listener_name: here}, filesystems: {"tank<": true},
           snapshotting: {type: periodic, prefix: z_, interval: 10m}}
        - {name: fetch, type: pull, connect: {type: local, listener_name: here, client_identity: me}, root_fs: backup,
           interval: 1m, recv: {placeholder: {encryption: "off"}},
           pruning: {keep_sender: [{type: last_n, count: 1}], keep_receiver: [{type: last_n, count: 1}]}}
        - {name: home, type: snap, filesystems: {"home<": true}, snapshotting: {type: periodic, prefix: z_, interval: 10m},
           pruning: {keep: [{type: last_n, count: 1}]}}
      """;

  private static Configuration whole() throws Exception {
    return ConfigurationLoader.parse("zrepl.yml", JOBS, ConfigurationLoader.Certificates.SKIP)
        .configuration();
  }

  @Test
  void pullHasItsSourceAndNoIntervalAfterWhichItWouldRunOnceMore() throws Exception {
    List<JobSettings> jobs = OneJob.of(whole(), "fetch").jobs();
    assertThat(jobs).extracting(job -> job.id().toString()).containsExactly("fetch", "offer");
    assertThat(((JobSettings.Pull) jobs.getFirst()).interval()).isEmpty();
  }

  @Test
  void snapshotsAreTakenOnRequestOnly() throws Exception {
    List<JobSettings> jobs = OneJob.of(whole(), "home").jobs();
    assertThat(jobs).hasSize(1);
    assertThat(((JobSettings.Snap) jobs.getFirst()).snapshotting().toString())
        .startsWith("OnRequest");
  }

  @ParameterizedTest
  @CsvSource({"offer, does nothing by itself", "nobody, is not in the configuration"})
  void whatCannotBeRunIsRefused(String job, String why) throws Exception {
    Configuration whole = whole();
    assertThatThrownBy(() -> OneJob.of(whole, job))
        .isInstanceOf(OperationException.class)
        .hasMessageContaining(why);
  }
}
