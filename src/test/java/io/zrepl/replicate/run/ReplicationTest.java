package io.zrepl.replicate.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.zrepl.base.InvalidValueException;
import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.endpoint.PolicyException;
import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.endpoint.ResumeTokenException;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.OperationException;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.ResumeTokenContents;
import io.zrepl.model.TestVersions;
import io.zrepl.replicate.InitialReplication;
import io.zrepl.replicate.ReplicationSettings;
import io.zrepl.replicate.plan.PartialState;
import io.zrepl.replicate.plan.ReplicationStep;
import io.zrepl.replicate.report.FilesystemReport;
import io.zrepl.replicate.report.FilesystemState;
import io.zrepl.replicate.report.ReplicationOutcome;
import io.zrepl.replicate.report.ReplicationReport;
import io.zrepl.replicate.report.StepReport;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** The shell: threads, streams and endpoints. What is decided is tested with the driver. */
@Timeout(60)
class ReplicationTest {
  private FakePools pools = new FakePools();
  private Function<ResumeToken, PartialState> decoder = FakePools::decode;
  private final Map<DatasetPath, Long> counted = new ConcurrentHashMap<>();
  private FakeSender sender = new FakeSender(pools);
  private FakeReceiver receiver = new FakeReceiver(pools);
  private ReplicationSettings settings =
      new ReplicationSettings(ReplicationProtection.DEFAULT, 1, 4, InitialReplication.ALL);

  private Replication replication() {
    return new Replication(
        settings,
        sender,
        receiver,
        InstantSource.system(),
        new Random(1),
        (filesystem, bytes) -> counted.merge(filesystem, bytes, Long::sum),
        LoggerFactory.getLogger(Replication.class),
        RunLimits.DEFAULT.withRetries(new RetryPolicy(3, Duration.ofNanos(1), Duration.ofNanos(1))),
        decoder);
  }

  private ReplicationReport run() throws InterruptedException {
    Replication replication = replication();
    replication.run();
    assertThat(sender.streams).allMatch(stream -> stream.closed, "stream is closed");
    return replication.report();
  }

  private static FilesystemReport filesystem(ReplicationReport report, String path) {
    return report.attempts().getLast().filesystems().stream()
        .filter(f -> f.name().equals(DatasetPath.of(path)))
        .findFirst()
        .orElseThrow();
  }

  private static void await(CyclicBarrier barrier) throws InterruptedException {
    try {
      barrier.await();
    } catch (BrokenBarrierException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void replicatesEverythingAndCountsIt() throws InterruptedException {
    settings = new ReplicationSettings(ReplicationProtection.DEFAULT, 3, 2, InitialReplication.ALL);
    pools.add("tank/a", "@x,1 @y,2 @z,3");
    pools.add("tank/a/b", "@x,1");
    pools.add("tank/c", "@x,1 #x,1 @y,2", "@x,1");
    pools.add("tank/d", "@x,1", "@x,1");
    ReplicationReport report = run();
    assertThat(report.outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(report.finishAt()).isPresent();
    for (FakePools.Filesystem filesystem : pools.all()) {
      assertThat(filesystem.onReceiver.getLast())
          .as(filesystem.path.toString())
          .isEqualTo(filesystem.onSender.getLast());
    }
    assertThat(sender.sent).hasSize(5).containsExactlyInAnyOrderElementsOf(sender.completed);
    assertThat(counted)
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                DatasetPath.of("tank/a"), 3000L,
                DatasetPath.of("tank/a/b"), 1000L,
                DatasetPath.of("tank/c"), 1000L));
    assertThat(filesystem(report, "tank/a").steps())
        .containsExactly(
            new StepReport("", "@x", false, OptionalLong.of(1000), 1000),
            new StepReport("@x", "@y", false, OptionalLong.of(1000), 1000),
            new StepReport("@y", "@z", false, OptionalLong.of(1000), 1000));
  }

  @Test
  void requestsDescribeTheStep() throws InterruptedException {
    FakePools.Filesystem a = pools.add("a", "@x,1 @y,2 @z,3", "@x,1");
    a.interrupt(
        new ReplicationStep(
            Optional.of(TestVersions.version("@x,1")),
            TestVersions.snapshot("@y,2"),
            Optional.empty()));
    pools.add("b", "@x,5");
    run();
    SendRequest first =
        sender.sent.stream()
            .filter(request -> request.to().name().equals("y"))
            .findFirst()
            .orElseThrow();
    assertThat(first.resumeToken()).isPresent();
    assertThat(first.from()).contains(TestVersions.version("@x,1"));
    assertThat(receiver.received)
        .containsExactlyInAnyOrder(
            new ReceiveRequest(
                DatasetPath.of("a"),
                TestVersions.snapshot("@y,2"),
                false,
                false,
                ReplicationProtection.DEFAULT),
            new ReceiveRequest(
                DatasetPath.of("a"),
                TestVersions.snapshot("@z,3"),
                false,
                true,
                ReplicationProtection.DEFAULT),
            new ReceiveRequest(
                DatasetPath.of("b"),
                TestVersions.snapshot("@x,5"),
                true,
                true,
                ReplicationProtection.DEFAULT));
  }

  @Test
  void bothSidesAreListedAtTheSameTime() throws InterruptedException {
    CyclicBarrier both = new CyclicBarrier(2);
    sender =
        new FakeSender(pools) {
          @Override
          public List<FilesystemEntry> listFilesystems()
              throws OperationException, InterruptedException {
            await(both);
            return super.listFilesystems();
          }
        };
    receiver =
        new FakeReceiver(pools) {
          @Override
          public List<FilesystemEntry> listFilesystems()
              throws OperationException, InterruptedException {
            await(both);
            return super.listFilesystems();
          }
        };
    assertThat(run().outcome()).isEqualTo(ReplicationOutcome.DONE);
  }

  @Test
  void asManyStepsRunAsThereAreSlots() throws InterruptedException {
    settings = new ReplicationSettings(ReplicationProtection.DEFAULT, 3, 4, InitialReplication.ALL);
    for (int i = 0; i < 9; i++) {
      pools.add("fs" + i, "@x,1");
    }
    CyclicBarrier three = new CyclicBarrier(3);
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    receiver =
        new FakeReceiver(pools) {
          @Override
          public void receive(ReceiveRequest request, SendStream stream)
              throws OperationException, InterruptedException {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            await(three);
            super.receive(request, stream);
            running.decrementAndGet();
          }
        };
    assertThat(run().outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(most.get()).isEqualTo(3);
  }

  @Test
  void estimatesOfAllFilesystemsShareOneLimit() throws InterruptedException {
    settings = new ReplicationSettings(ReplicationProtection.DEFAULT, 1, 3, InitialReplication.ALL);
    for (int i = 0; i < 4; i++) {
      pools.add("fs" + i, "@x,1 @y,2 @z,3");
    }
    CyclicBarrier three = new CyclicBarrier(3);
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    sender =
        new FakeSender(pools) {
          @Override
          public OptionalLong estimate(SendRequest request) throws InterruptedException {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            await(three);
            running.decrementAndGet();
            return OptionalLong.empty();
          }
        };
    ReplicationReport report = run();
    assertThat(report.outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(filesystem(report, "fs0").steps().getFirst().bytesExpected()).isEmpty();
    assertThat(most.get()).isEqualTo(3);
  }

  @Test
  void failingEstimateDoesNotFailTheFilesystemUnlessPolicyForbidsIt() throws InterruptedException {
    pools.add("allowed", "@x,1");
    pools.add("forbidden", "@x,1 @y,2 @z,3");
    sender =
        new FakeSender(pools) {
          @Override
          public OptionalLong estimate(SendRequest request) throws OperationException {
            if (request.filesystem().equals(DatasetPath.of("forbidden"))) {
              throw new PolicyException("not encrypted");
            }
            throw new OperationException(FailureScope.PEER, true, "no estimate", null, null);
          }
        };
    ReplicationReport report = run();
    assertThat(filesystem(report, "allowed").state()).isEqualTo(FilesystemState.DONE);
    assertThat(filesystem(report, "forbidden").planError().orElseThrow().message())
        .isEqualTo("not encrypted");
    assertThat(sender.sent)
        .extracting(SendRequest::filesystem)
        .containsOnly(DatasetPath.of("allowed"));
    assertThat(receiver.received).hasSize(1);
  }

  @Test
  void failureOfTheSendersStreamIsTheCauseToldFirst() throws InterruptedException {
    pools.add("a", "@x,1");
    sender =
        new FakeSender(pools) {
          @Override
          FakeStream open(SendRequest request) {
            return new FakeStream(
                false,
                false,
                new OperationException(
                    FailureScope.FILESYSTEM, false, "zfs send: I/O error", "check the disk", null));
          }
        };
    receiver =
        new FakeReceiver(pools) {
          @Override
          public void receive(ReceiveRequest request, SendStream stream) throws OperationException {
            try {
              readAll(stream);
            } catch (OperationException e) {
              throw new OperationException(
                  FailureScope.POOL, true, "zfs recv: unexpected end of stream", null, e);
            }
          }
        };
    ReplicationReport report = run();
    assertThat(report.attempts()).hasSize(1);
    assertThat(filesystem(report, "a").stepError().orElseThrow().describe())
        .isEqualTo(
            "zfs send: I/O error; the receiver then failed: zfs recv: unexpected end of stream"
                + " (check the disk)");
    assertThat(counted).containsEntry(DatasetPath.of("a"), 1000L);
  }

  @Test
  void receiverThatGivesUpEarlyEndsTheStepOfAnEndlessStream() throws InterruptedException {
    pools.add("a", "@x,1");
    sender =
        new FakeSender(pools) {
          @Override
          FakeStream open(SendRequest request) {
            return new FakeStream(false, true, null);
          }
        };
    receiver =
        new FakeReceiver(pools) {
          @Override
          public void receive(ReceiveRequest request, SendStream stream) throws OperationException {
            ByteBuffer buffer = ByteBuffer.allocateDirect(10);
            stream.read(buffer);
            stream.abort();
            try {
              stream.read(buffer.clear());
            } catch (OperationException e) {
              throw OperationException.permanent("marker");
            }
          }
        };
    ReplicationReport report = run();
    assertThat(filesystem(report, "a").stepError().orElseThrow().message()).isEqualTo("marker");
  }

  @Test
  void interruptedStepIsResumedWithTheTokenAfterBothSidesWereListedAnew()
      throws InterruptedException {
    pools.add("a", "@x,1 @y,2");
    AtomicBoolean failed = new AtomicBoolean();
    AtomicInteger listings = new AtomicInteger();
    receiver =
        new FakeReceiver(pools) {
          @Override
          public List<FilesystemEntry> listFilesystems()
              throws OperationException, InterruptedException {
            listings.incrementAndGet();
            return super.listFilesystems();
          }

          @Override
          public void receive(ReceiveRequest request, SendStream stream)
              throws OperationException, InterruptedException {
            if (!failed.getAndSet(true)) {
              synchronized (pools) {
                pools
                    .get("a")
                    .interrupt(
                        new ReplicationStep(Optional.empty(), request.to(), Optional.empty()));
              }
              throw new OperationException(FailureScope.FILESYSTEM, true, "cut", null, null);
            }
            super.receive(request, stream);
          }
        };
    ReplicationReport report = run();
    assertThat(report.outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(sender.sent)
        .extracting(r -> r.resumeToken().isPresent())
        .containsExactly(false, true, false);
    assertThat(receiver.received)
        .extracting(ReceiveRequest::clearPartialState)
        .containsExactly(false, true);
    assertThat(listings.get()).isEqualTo(2);
  }

  @Test
  void tokenThatTheSenderRejectsLeadsToAFreshStepThatClearsPartialState()
      throws InterruptedException {
    FakePools.Filesystem a = pools.add("a", "@x,1 @y,2", "@x,1");
    a.interrupt(
        new ReplicationStep(
            Optional.of(TestVersions.version("@x,1")),
            TestVersions.snapshot("@y,2"),
            Optional.empty()));
    sender =
        new FakeSender(pools) {
          @Override
          FakeStream open(SendRequest request) throws OperationException, InterruptedException {
            if (request.resumeToken().isPresent()) {
              throw new ResumeTokenException("token is not raw");
            }
            return super.open(request);
          }
        };
    assertThat(run().outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(receiver.received).hasSize(1);
    assertThat(receiver.received.getFirst().clearPartialState()).isTrue();
    assertThat(a.partial).isNull();
  }

  @Test
  void tokenThatOnlyOneSideCanDecodeIsContinued() throws InterruptedException {
    for (Side knowing : Side.values()) {
      pools = new FakePools();
      FakePools.Filesystem a = pools.add("a", "@x,1 @y,2", "@x,1");
      ReplicationStep step =
          new ReplicationStep(
              Optional.of(TestVersions.version("@x,1")),
              TestVersions.snapshot("@y,2"),
              Optional.empty());
      a.interrupt(step);
      ResumeTokenContents contents =
          ((PartialState.Resumable) FakePools.decode(FakePools.token(step))).contents();
      sender =
          new FakeSender(pools) {
            @Override
            public ResumeTokenContents decode(ResumeToken token) throws InvalidValueException {
              return answer(knowing == Side.SENDER, contents);
            }
          };
      receiver =
          new FakeReceiver(pools) {
            @Override
            public ResumeTokenContents decode(ResumeToken token) throws InvalidValueException {
              return answer(knowing == Side.RECEIVER, contents);
            }
          };
      decoder = _ -> new PartialState.Unusable("of a form that is not known here");
      assertThat(run().outcome()).isEqualTo(ReplicationOutcome.DONE);
      assertThat(sender.sent).extracting(r -> r.resumeToken().isPresent()).containsExactly(true);
      assertThat(receiver.received)
          .extracting(ReceiveRequest::clearPartialState)
          .containsExactly(false);
    }
  }

  private static ResumeTokenContents answer(boolean known, ResumeTokenContents contents)
      throws InvalidValueException {
    if (!known) {
      throw new InvalidValueException("not known");
    }
    return contents;
  }

  @Test
  void lostConfirmationIsRepeatedWithoutSendingAgain() throws InterruptedException {
    pools.add("a", "@x,1");
    AtomicInteger calls = new AtomicInteger();
    sender =
        new FakeSender(pools) {
          @Override
          public void sendCompleted(SendRequest request)
              throws OperationException, InterruptedException {
            if (calls.incrementAndGet() < 3) {
              throw OperationException.permanent("cannot bookmark");
            }
            super.sendCompleted(request);
          }
        };
    ReplicationReport report = run();
    assertThat(report.outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(sender.sent).hasSize(1);
    assertThat(sender.completed).isEqualTo(sender.sent);
    assertThat(filesystem(report, "a").steps().getFirst().bytesReplicated()).isEqualTo(1000);
    assertThat(counted).containsEntry(DatasetPath.of("a"), 1000L);
  }

  @Test
  void confirmationThatStaysLostSaysWhatItMeans() throws InterruptedException {
    pools.add("a", "@x,1");
    sender =
        new FakeSender(pools) {
          @Override
          public void sendCompleted(SendRequest request) throws OperationException {
            throw OperationException.permanent("cannot bookmark");
          }
        };
    assertThat(filesystem(run(), "a").stepError().orElseThrow().message())
        .isEqualTo(
            "the snapshot is on the receiver, but the sender could not be told, so that its replication"
                + " cursor stays behind: cannot bookmark");
  }

  @Test
  void defectInAnEndpointFailsOnlyItsFilesystem() throws InterruptedException {
    pools.add("a", "@x,1");
    pools.add("b", "@x,1");
    pools.add("c", "@x,1");
    receiver =
        new FakeReceiver(pools) {
          @Override
          public void receive(ReceiveRequest request, SendStream stream)
              throws OperationException, InterruptedException {
            if (request.filesystem().equals(DatasetPath.of("a"))) {
              throw new IllegalStateException("oops");
            }
            if (request.filesystem().equals(DatasetPath.of("b"))) {
              throw new InterruptedException("nobody interrupted it");
            }
            super.receive(request, stream);
          }
        };
    ReplicationReport report = run();
    assertThat(filesystem(report, "a").stepError().orElseThrow().message())
        .isEqualTo("defect in zrepl: java.lang.IllegalStateException: oops");
    assertThat(filesystem(report, "b").stepError()).isPresent();
    assertThat(filesystem(report, "c").state()).isEqualTo(FilesystemState.DONE);
  }

  @Test
  void placeholderOfTheSenderIsNotAskedForVersionsAndOneOfTheReceiverIsReplaced()
      throws InterruptedException {
    pools.add("a", "-").senderPlaceholder = true;
    pools.add("a/b", "@x,1", "-").placeholder = true;
    sender =
        new FakeSender(pools) {
          @Override
          public List<FilesystemVersion> listVersions(DatasetPath filesystem)
              throws OperationException, InterruptedException {
            assertThat(filesystem).isEqualTo(DatasetPath.of("a/b"));
            return super.listVersions(filesystem);
          }
        };
    receiver =
        new FakeReceiver(pools) {
          @Override
          public List<FilesystemVersion> listVersions(DatasetPath filesystem) {
            assertThat(filesystem).isEqualTo(DatasetPath.of("a/b"));
            return List.of();
          }
        };
    assertThat(run().outcome()).isEqualTo(ReplicationOutcome.DONE);
  }

  @Test
  void reportShowsLiveBytesAndCancellationEndsEverything() throws InterruptedException {
    settings = new ReplicationSettings(ReplicationProtection.DEFAULT, 3, 4, InitialReplication.ALL);
    pools.add("a", "@x,1 @y,2");
    pools.add("b", "@x,1");
    pools.add("c", "@x,1");
    CountDownLatch reading = new CountDownLatch(3);
    CountDownLatch never = new CountDownLatch(1);
    AtomicInteger left = new AtomicInteger();
    FakeReceiver working = receiver;
    receiver =
        new FakeReceiver(pools) {
          @Override
          public void receive(ReceiveRequest request, SendStream stream)
              throws OperationException, InterruptedException {
            try {
              stream.read(ByteBuffer.allocateDirect(400));
              reading.countDown();
              never.await();
            } finally {
              left.incrementAndGet();
            }
          }
        };
    Replication replication = replication();
    AtomicBoolean interrupted = new AtomicBoolean();
    Thread thread =
        Thread.ofVirtual()
            .start(() -> {
              try {
                replication.run();
              } catch (InterruptedException e) {
                interrupted.set(true);
              }
            });
    reading.await();
    assertThat(replication.report().outcome()).isEqualTo(ReplicationOutcome.RUNNING);
    // No step waits for the estimate of a later one.
    Awaitility.await()
        .untilAsserted(() ->
            assertThat(filesystem(replication.report(), "a").steps())
                .containsExactly(
                    new StepReport("", "@x", false, OptionalLong.of(1000), 400),
                    new StepReport("@x", "@y", false, OptionalLong.of(1000), 0)));

    thread.interrupt();
    thread.join();
    assertThat(interrupted).isTrue();
    assertThat(left.get()).as("steps ended before run returned").isEqualTo(3);
    assertThat(sender.streams).hasSize(3).allMatch(stream -> stream.closed);
    ReplicationReport report = replication.report();
    assertThat(report.outcome()).isEqualTo(ReplicationOutcome.CANCELLED);
    assertThat(report.finishAt()).isPresent();
    assertThat(report.attempts().getLast().failedFilesystems()).isEqualTo(3);
    assertThat(filesystem(report, "a").stepError().orElseThrow().message()).contains("cancelled");
    assertThat(counted).containsEntry(DatasetPath.of("a"), 400L);

    receiver = working;
    assertThat(run().outcome()).as("the next run starts clean").isEqualTo(ReplicationOutcome.DONE);
  }

  @Test
  void finishingLetsTheStepThatRunsEndAndBeginsNoOther() throws InterruptedException {
    settings = new ReplicationSettings(ReplicationProtection.DEFAULT, 1, 4, InitialReplication.ALL);
    pools.add("a", "@x,1 @y,2");
    pools.add("b", "@x,3");
    List<String> finished = new ArrayList<>();
    FakeReceiver working = receiver;
    AtomicReference<Replication> current = new AtomicReference<>();
    receiver =
        new FakeReceiver(pools) {
          @Override
          public void receive(ReceiveRequest request, SendStream stream)
              throws OperationException, InterruptedException {
            current.get().finish();
            super.receive(request, stream);
            finished.add(request.filesystem().toString());
          }
        };
    Replication replication = replication();
    current.set(replication);
    replication.run();
    assertThat(finished).as("whichever was planned first").hasSize(1);
    assertThat(sender.streams).hasSize(1).allMatch(stream -> stream.closed);
    assertThat(replication.report().outcome()).isEqualTo(ReplicationOutcome.CANCELLED);
    assertThat(replication.report().finishAt()).isPresent();

    receiver = working;
    assertThat(run().outcome()).as("the next run goes on").isEqualTo(ReplicationOutcome.DONE);
  }

  @Test
  void cancellationReachesAListingThatHangs() throws InterruptedException {
    CountDownLatch listing = new CountDownLatch(1);
    sender =
        new FakeSender(pools) {
          @Override
          public List<FilesystemEntry> listFilesystems() throws InterruptedException {
            listing.countDown();
            new CountDownLatch(1).await();
            return List.of();
          }
        };
    Replication replication = replication();
    AtomicBoolean interrupted = new AtomicBoolean();
    Thread thread =
        Thread.ofVirtual()
            .start(() -> {
              try {
                replication.run();
              } catch (InterruptedException e) {
                interrupted.set(true);
              }
            });
    listing.await();
    thread.interrupt();
    thread.join();
    assertThat(interrupted).isTrue();
    assertThat(replication.report().outcome()).isEqualTo(ReplicationOutcome.CANCELLED);
    assertThat(replication.report().failedFilesystems()).isEqualTo(-1);
  }

  @Test
  void runsOnce() throws InterruptedException {
    Replication replication = replication();
    replication.run();
    assertThatIllegalStateException().isThrownBy(replication::run);
  }
}
