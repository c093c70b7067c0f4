export const PostPage = () => <h1>Post a job</h1>
