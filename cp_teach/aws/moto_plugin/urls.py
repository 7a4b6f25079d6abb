"""URL patterns of the service: AWS's, the admin API, and the webhooks."""

from cp_teach.aws.moto_plugin.responses import Response

url_bases = [r"https?://codepipeline\.(.+)\.amazonaws\.com"]

url_paths = {
    "{0}/$": Response.dispatch,
    "{0}/codepipeline_(?P<place>[^/]+)/cp-teach/(?P<rest>.+)$": Response.admin,
}
