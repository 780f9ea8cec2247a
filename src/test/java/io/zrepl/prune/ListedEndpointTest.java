package io.zrepl.prune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.base.ProgressMark;
import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.model.FailureScope;
import io.zrepl.model.OperationException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ListedEndpointTest {
  private final CountDownLatch listing = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);
  private final AtomicInteger calls = new AtomicInteger();
  private final ProgressMark ofTheFirst = new ProgressMark();
  private final ProgressMark ofTheSecond = new ProgressMark();

  private ListedEndpoint<FakeSide> blocked(boolean fails) {
    return ListedEndpoint.of(
        new FakeSide() {
          @Override
          public List<FilesystemEntry> listFilesystems()
              throws OperationException, InterruptedException {
            calls.incrementAndGet();
            listing.countDown();
            goOn.await();
            if (fails) {
              throw new OperationException(FailureScope.PEER, true, "gone", null, null);
            }
            return List.of();
          }
        });
  }

  private static CompletableFuture<List<FilesystemEntry>> ask(
      ListedEndpoint<FakeSide> endpoint, ProgressMark mark) {
    CompletableFuture<List<FilesystemEntry>> answer = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            answer.complete(mark.during(endpoint::filesystems));
          } catch (Exception e) {
            answer.completeExceptionally(e);
          }
        });
    return answer;
  }

  @Test
  void whoWaitsForTheListGetsOnAsLongAsTheOneThatFetchesItDoes() throws Exception {
    ListedEndpoint<FakeSide> endpoint = blocked(false);
    CompletableFuture<List<FilesystemEntry>> first = ask(endpoint, ofTheFirst);
    listing.await();
    CompletableFuture<List<FilesystemEntry>> second = ask(endpoint, ofTheSecond);
    Awaitility.await("the second moves with the first")
        .until(() -> {
          ofTheFirst.advance();
          return ofTheSecond.value() > 0;
        });
    goOn.countDown();
    assertThat(first.get()).isEmpty();
    assertThat(second.get()).isEmpty();
    assertThat(calls).hasValue(1);
  }

  @Test
  void endpointThatDoesNotAnswerIsWaitedForOnceByAllThatAskMeanwhile() throws Exception {
    ListedEndpoint<FakeSide> endpoint = blocked(true);
    CompletableFuture<List<FilesystemEntry>> first = ask(endpoint, ofTheFirst);
    listing.await();
    CompletableFuture<List<FilesystemEntry>> second = ask(endpoint, ofTheSecond);
    Awaitility.await("the second waits")
        .until(() -> {
          ofTheFirst.advance();
          return ofTheSecond.value() > 0;
        });
    goOn.countDown();
    for (CompletableFuture<List<FilesystemEntry>> answer : List.of(first, second)) {
      assertThatThrownBy(answer::get)
          .isInstanceOf(ExecutionException.class)
          .hasRootCauseInstanceOf(OperationException.class);
    }
    assertThat(calls).hasValue(1);
  }

  @Test
  void onlyWhatWasListedAMomentAgoIsTakenFromTheInventory() throws Exception {
    List<String> lists = new ArrayList<>();
    FakeSide side =
        new FakeSide() {
          @Override
          public List<FilesystemEntry> listFilesystems() {
            lists.add("anew");
            return List.of();
          }

          @Override
          public List<FilesystemEntry> currentFilesystems() {
            lists.add("from the inventory");
            return List.of();
          }
        };
    assertThat(ListedEndpoint.of(side).filesystems()).isEmpty();
    assertThat(ListedEndpoint.expected(side).filesystems()).isEmpty();
    assertThat(ListedEndpoint.answering(side).filesystems()).isEmpty();
    assertThat(lists).containsExactly("anew", "anew", "from the inventory");
  }
}
