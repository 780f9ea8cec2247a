package io.zrepl.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.endpoint.Receiver;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.OperationException;
import io.zrepl.rpc.message.InvalidMessageException;
import io.zrepl.rpc.message.ListMessages;
import io.zrepl.rpc.message.SizeMessages;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A receiver on another machine tells how large filesystems are, if it is one of ours. */
class FilesystemSizesTest {
  private static final DatasetPath OLD = DatasetPath.of("gone/old");
  private static final DatasetPath EMPTY = DatasetPath.of("gone/empty");
  private static final DatasetPath UNKNOWN = DatasetPath.of("gone/unknown");

  private final List<List<DatasetPath>> questions = new CopyOnWriteArrayList<>();
  private int listings;

  private final Receiver receiver =
      new StubReceiver() {
        @Override
        public List<FilesystemEntry> listFilesystems() {
          listings++;
          return List.of(new FilesystemEntry(OLD, false, Optional.empty()));
        }

        @Override
        public Map<DatasetPath, Long> sizes(List<DatasetPath> filesystems) {
          questions.add(filesystems);
          return Map.of(OLD, 5_000_000_000L, EMPTY, 0L);
        }
      };

  private Served served() {
    return new Served.OfReceiver(receiver, stream -> new Served.Inspected(false, stream));
  }

  private static TestServer start(Served served) throws Exception {
    return TestServer.start(_ -> served, Banner.OURS, TestServer.TIMING, ServerLimits.DEFAULT);
  }

  @Test
  void areToldByAPeerOfOurKind() throws Exception {
    try (TestServer server = start(served());
        RemoteReceiver remote = new RemoteReceiver(server.dialer())) {
      assertThat(remote.listFilesystems()).hasSize(1);
      assertThat(remote.sizes(List.of(OLD, EMPTY, UNKNOWN)))
          .isEqualTo(Map.of(OLD, 5_000_000_000L, EMPTY, 0L));
      assertThat(remote.sizes(List.of())).isEmpty();
    }
    assertThat(questions).containsExactly(List.of(OLD, EMPTY, UNKNOWN));
    assertThat(listings).isEqualTo(1);
  }

  @Test
  void areNotAskedForIfThePeerDoesNotKnowThem() throws Exception {
    try (TestServer server =
            TestServer.start(_ -> served(), Banner.PLAIN, TestServer.TIMING, ServerLimits.DEFAULT);
        RemoteReceiver remote = new RemoteReceiver(server.dialer())) {
      assertThat(remote.listFilesystems()).hasSize(1);
      assertThat(remote.sizes(List.of(OLD))).isEmpty();
    }
    assertThat(questions).isEmpty();
    assertThat(listings).as("no second list for nothing").isEqualTo(1);
  }

  @Test
  void requestThatWouldTakeMuchMemoryIsRefused() {
    byte[] many =
        SizeMessages.encodeRequest(
            IntStream.range(0, 10_001).mapToObj(i -> DatasetPath.of("a/" + i)).toList());
    assertThatThrownBy(() -> SizeMessages.parseRequest(many))
        .isInstanceOf(InvalidMessageException.class);
    assertThatThrownBy(() -> SizeMessages.parseRequest(new byte[(1 << 20) + 1]))
        .isInstanceOf(InvalidMessageException.class);
  }

  @Test
  void manyAreAskedForInPortionsThatAreNotRefused() throws Exception {
    List<DatasetPath> many =
        IntStream.range(0, 25_000)
            .mapToObj(i -> DatasetPath.of("a/" + "b".repeat(100) + i))
            .toList();
    List<DatasetPath> asked = new ArrayList<>();
    for (List<DatasetPath> portion : SizeMessages.portions(many)) {
      asked.addAll(SizeMessages.parseRequest(SizeMessages.encodeRequest(portion)));
    }
    assertThat(asked).isEqualTo(many);
  }

  @Test
  void failureToFindThemOutIsTold() throws Exception {
    Receiver broken =
        new StubReceiver() {
          @Override
          public Map<DatasetPath, Long> sizes(List<DatasetPath> filesystems)
              throws OperationException {
            throw OperationException.permanent("pool tank is suspended");
          }
        };
    try (TestServer server =
            start(new Served.OfReceiver(broken, stream -> new Served.Inspected(false, stream)));
        RemoteReceiver remote = new RemoteReceiver(server.dialer())) {
      remote.checkConnectivity();
      assertThatThrownBy(() -> remote.sizes(List.of(OLD)))
          .hasMessageContaining("pool tank is suspended");
    }
  }

  @Test
  void requestAndResponseMeanNothingToThoseWhoDoNotKnowThem() throws Exception {
    assertThat(SizeMessages.parseRequest(new byte[0])).isEmpty();
    byte[] response = SizeMessages.encodeResponse(Map.of(OLD, 7L));
    assertThat(ListMessages.parseFilesystems(response))
        .containsExactly(new FilesystemEntry(OLD, false, Optional.empty()));
    assertThat(
            SizeMessages.parseResponse(
                ListMessages.encodeFilesystems(
                    List.of(new FilesystemEntry(OLD, false, Optional.empty())))))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0a0e0a0461402a62c83e01", // a path that is none: "a@*b"
        "0a0f0a0161c83effffffffffffffffff01", // -1
        "0a", // cut
      })
  void invalidResponseIsRefused(String hexadecimal) {
    assertThatThrownBy(() -> SizeMessages.parseResponse(HexFormat.of().parseHex(hexadecimal)))
        .isInstanceOf(InvalidMessageException.class);
  }
}
