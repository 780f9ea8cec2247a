package io.zrepl.endpoint.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.zrepl.model.DatasetPath;
import io.zrepl.zfs.Dataset;
import io.zrepl.zfs.Placeholder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class InventoryTest {
  private static final DatasetPath SLOW = path("slow/data");
  private static final DatasetPath FAST = path("fast/data");

  private final List<DatasetPath> reads = Collections.synchronizedList(new ArrayList<>());
  private final Semaphore answers = new Semaphore(0);
  private final Inventory inventory =
      new Inventory(
          new Inventory.Loader() {
            @Override
            public Inventory.Everything all() {
              return new Inventory.Everything(List.of(state(SLOW), state(FAST)), Set.of());
            }

            @Override
            public Optional<FilesystemState> one(DatasetPath filesystem)
                throws InterruptedException {
              reads.add(filesystem);
              if (filesystem.equals(SLOW)) {
                answers.acquire();
              }
              return Optional.of(state(filesystem));
            }
          });
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  private static DatasetPath path(String text) {
    return DatasetPath.of(text);
  }

  private static FilesystemState state(DatasetPath path) {
    return FilesystemState.listed(
        new Dataset(path, new Placeholder(false, Optional.empty()), Optional.empty(), false),
        List.of());
  }

  private Future<Optional<FilesystemState>> findInBackground(DatasetPath filesystem) {
    return threads.submit(() -> inventory.find(filesystem));
  }

  @Test
  void filesystemThatIsSlowToReadAgainDoesNotDelayOthers() throws Exception {
    inventory.reload();
    inventory.invalidate(SLOW);
    Future<Optional<FilesystemState>> slow = findInBackground(SLOW);
    await().until(() -> reads.contains(SLOW));

    inventory.invalidate(FAST);
    assertThat(inventory.find(FAST)).isPresent();
    inventory.update(FAST, state -> state);
    assertThat(inventory.peek(FAST)).isPresent();

    assertThat(slow.isDone()).isFalse();
    answers.release();
    assertThat(slow.get()).isPresent();
  }

  @Test
  void twoThatAskForAnInvalidFilesystemReadItOnce() throws Exception {
    inventory.reload();
    inventory.invalidate(SLOW);
    Future<Optional<FilesystemState>> first = findInBackground(SLOW);
    await().until(() -> reads.contains(SLOW));
    Future<Optional<FilesystemState>> second = findInBackground(SLOW);
    answers.release();
    assertThat(first.get()).isPresent();
    assertThat(second.get()).isPresent();
    assertThat(reads).containsExactly(SLOW);
  }

  @Test
  void whatWeChangedWhileItWasReadIsReadOnceMore() throws Exception {
    inventory.reload();
    inventory.invalidate(SLOW);
    Future<Optional<FilesystemState>> found = findInBackground(SLOW);
    await().until(() -> reads.size() == 1);
    inventory.update(SLOW, state -> state);
    answers.release();
    await().until(() -> reads.size() == 2);
    answers.release();
    assertThat(found.get()).isPresent();
    assertThat(reads).containsExactly(SLOW, SLOW);
  }

  @Test
  void readThatFailsLeavesTheFilesystemInvalid() throws Exception {
    inventory.reload();
    inventory.invalidate(SLOW);
    CountDownLatch interrupted = new CountDownLatch(1);
    CompletableFuture<Thread> reader = new CompletableFuture<>();
    var _ =
        threads.submit(() -> {
          reader.complete(Thread.currentThread());
          try {
            return inventory.find(SLOW);
          } finally {
            interrupted.countDown();
          }
        });
    await().until(() -> reads.size() == 1);
    reader.get().interrupt();
    interrupted.await();

    answers.release();
    assertThat(inventory.find(SLOW)).isPresent();
    assertThat(reads).containsExactly(SLOW, SLOW);
  }
}
