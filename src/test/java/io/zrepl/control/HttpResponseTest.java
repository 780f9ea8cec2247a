package io.zrepl.control;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpResponseTest {

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "HTTP/1.1 200 OK~Content-Length: 5~~helloX, 200, hello",
        "HTTP/1.1 200 OK~content-length:5~~helloX, 200, hello",
        "HTTP/1.1 200~Content-Length: 0~~X, 200, ``",
        "HTTP/1.1 200 OK~~all until the end, 200, all until the end",
        "HTTP/1.0 500 Internal~Content-Length: 2~~no, 500, no",
        "HTTP/1.1 204 None~~ignored, 204, ``",
        "HTTP/1.1 100 Continue~~HTTP/1.1 200 OK~Content-Length: 2~~hi, 200, hi",
        "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~2~he~3;x=y~llo~0~~, 200, hello",
        "HTTP/1.1 200 OK~Transfer-Encoding: Chunked~~A~0123456789~00~T: v~~, 200, 0123456789",
        "HTTP/1.1 200 OK~Content-Length: 1~Transfer-Encoding: chunked~~2~he~0~~, 200, he"
      })
  void answersAreDecoded(String answer, int status, String body) throws IOException {
    HttpResponse response = HttpResponse.read(connection(answer));
    assertThat(response.status()).isEqualTo(status);
    assertThat(new String(response.body().readAllBytes(), ISO_8859_1)).isEqualTo(body);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SSH-2.0-OpenSSH~",
        "HTTP/2 200~~",
        "HTTP/1.1 2000 OK~~",
        "HTTP/1.1 200 OK~no colon~~",
        "HTTP/1.1 200 OK~: nothing~~",
        "HTTP/1.1 200 OK~Content-Length: -1~~",
        "HTTP/1.1 200 OK~Content-Length: 99999999999999999999~~",
        "HTTP/1.1 200 OK~Content-Length: 1~Content-Length: 2~~",
        "HTTP/1.1 200 OK~Transfer-Encoding: gzip~~",
        "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~xyz~",
        "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~-1~",
        "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~2~hello~0~~",
        "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~ffffffffffffffff~"
      })
  void answersThatAreNoHttpAreRefused(String answer) {
    assertThatThrownBy(() -> HttpResponse.read(connection(answer)).body().readAllBytes())
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(EOFException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "HTTP/1.1 200",
        "HTTP/1.1 200 OK~Content-Len",
        "HTTP/1.1 200 OK~Content-Length: 5~~hell",
        "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~5~hell",
        "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~5~hello~",
        "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~5~hello~0~"
      })
  void answersThatEndEarlyAreTold(String answer) {
    assertThatThrownBy(() -> HttpResponse.read(connection(answer)).body().readAllBytes())
        .isInstanceOf(EOFException.class);
  }

  @Test
  void endlessHeadersAreRefused() {
    String header = "HTTP/1.1 200 OK~" + "A: b~".repeat(HttpResponse.LONGEST_HEAD);
    String line = "HTTP/1.1 200 " + "x".repeat(HttpResponse.LONGEST_HEAD);
    String trailers =
        "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~0~" + "A: b~".repeat(10_000) + "~";
    for (String answer : new String[] {header, line, trailers}) {
      assertThatThrownBy(() -> HttpResponse.read(connection(answer)).body().readAllBytes())
          .isInstanceOf(IOException.class)
          .message()
          .contains("too");
    }
  }

  @Test
  void singleBytesAreReadUnsigned() throws IOException {
    InputStream body =
        HttpResponse.read(connection("HTTP/1.1 200 OK~Content-Length: 1~~\u00ff")).body();
    assertThat(body.read()).isEqualTo(255);
    assertThat(body.read()).isEqualTo(-1);
  }

  private static InputStream connection(String answer) {
    return new ByteArrayInputStream(answer.replace("~", "\r\n").getBytes(ISO_8859_1));
  }
}
