package im.hongyan.call;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/** The media that a participant's client says it sends. */
@JsonIgnoreProperties(ignoreUnknown = true)
record MediaState(boolean microphone, boolean camera, boolean screen, boolean hand) {
    /** The state when entering a call. If absent, the microphone is on, and the camera is on in a video call. */
    static MediaState initial(CallMedia call, Boolean microphone, Boolean camera) {
        return new MediaState(
                microphone == null || microphone, camera == null ? call == CallMedia.VIDEO : camera, false, false);
    }

    /** Returns a copy with the changes; null leaves a field unchanged. */
    MediaState with(Boolean newMicrophone, Boolean newCamera, Boolean newScreen, Boolean newHand) {
        return new MediaState(
                newMicrophone == null ? microphone : newMicrophone,
                newCamera == null ? camera : newCamera,
                newScreen == null ? screen : newScreen,
                newHand == null ? hand : newHand);
    }
}
