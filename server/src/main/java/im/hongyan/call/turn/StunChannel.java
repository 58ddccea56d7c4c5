package im.hongyan.call.turn;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/** Sends and receives STUN messages, over UDP, TCP or TLS. Not thread-safe; blocks. */
interface StunChannel extends Closeable {
    int MAX_BYTES = 4_096;

    void send(byte[] message) throws IOException;

    /**
     * @param timeoutMs at least 1
     * @return null if nothing arrived in time
     * @throws MalformedStun if the received bytes are not a STUN message
     */
    StunMessage receive(int timeoutMs) throws IOException;

    /** Whether a lost message must be sent again. */
    boolean isReliable();

    /** The client's own address. */
    InetSocketAddress localAddress();

    static StunChannel open(IceUrl url, InetAddress host, SSLSocketFactory tls, int timeoutMs) throws IOException {
        InetSocketAddress server = new InetSocketAddress(host, url.port());
        return switch (url.transport()) {
            case UDP -> new Udp(server);
            case TCP -> new Stream(connected(server, timeoutMs));
            case TLS -> new Stream(secured(connected(server, timeoutMs), url, tls));
        };
    }

    private static Socket connected(InetSocketAddress server, int timeoutMs) throws IOException {
        Socket socket = new Socket();
        try {
            socket.setTcpNoDelay(true);
            socket.connect(server, timeoutMs);
            socket.setSoTimeout(timeoutMs);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private static Socket secured(Socket plain, IceUrl url, SSLSocketFactory tls) throws IOException {
        try {
            SSLSocket socket = (SSLSocket) tls.createSocket(plain, url.host(), url.port(), true);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            return socket;
        } catch (IOException e) {
            plain.close();
            throw e;
        }
    }

    /** One message per datagram. */
    final class Udp implements StunChannel {
        private final DatagramSocket socket;

        Udp(InetSocketAddress server) throws IOException {
            socket = new DatagramSocket();
            socket.connect(server);
        }

        @Override
        public void send(byte[] message) throws IOException {
            socket.send(new DatagramPacket(message, message.length));
        }

        @Override
        public StunMessage receive(int timeoutMs) throws IOException {
            socket.setSoTimeout(timeoutMs);
            DatagramPacket packet = new DatagramPacket(new byte[MAX_BYTES], MAX_BYTES);
            try {
                socket.receive(packet);
            } catch (SocketTimeoutException e) {
                return null;
            }
            return StunMessage.decode(Arrays.copyOf(packet.getData(), packet.getLength()));
        }

        @Override
        public boolean isReliable() {
            return false;
        }

        @Override
        public InetSocketAddress localAddress() {
            return new InetSocketAddress(socket.getLocalAddress(), socket.getLocalPort());
        }

        @Override
        public void close() {
            socket.close();
        }
    }

    /** A stream of messages; each header contains the length of its message. */
    final class Stream implements StunChannel {
        private final Socket socket;
        private final DataInputStream in;

        Stream(Socket socket) throws IOException {
            this.socket = socket;
            this.in = new DataInputStream(socket.getInputStream());
        }

        @Override
        public void send(byte[] message) throws IOException {
            socket.getOutputStream().write(message);
        }

        @Override
        public StunMessage receive(int timeoutMs) throws IOException {
            socket.setSoTimeout(timeoutMs);
            int first;
            try {
                first = in.read();
            } catch (SocketTimeoutException e) {
                return null;
            }
            if (first < 0) {
                throw new EOFException("the server closed the connection");
            }
            byte[] header = new byte[StunMessage.HEADER_BYTES];
            header[0] = (byte) first;
            in.readFully(header, 1, header.length - 1);
            int length = StunMessage.lengthOf(header);
            if (length > MAX_BYTES) {
                throw new MalformedStun("the answer is too long");
            }
            byte[] message = Arrays.copyOf(header, length);
            in.readFully(message, header.length, length - header.length);
            return StunMessage.decode(message);
        }

        @Override
        public boolean isReliable() {
            return true;
        }

        @Override
        public InetSocketAddress localAddress() {
            return new InetSocketAddress(socket.getLocalAddress(), socket.getLocalPort());
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
